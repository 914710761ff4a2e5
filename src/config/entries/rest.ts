import { entry } from '../entry.ts';
import { port, text } from '../kinds.ts';

/** The HTTP API: on a port of its own, and wherever Thrift over HTTP is spoken. */
export const restEntries = {
  bindHost: entry('kyuubi.frontend.rest.bind.host', text.default('127.0.0.1'), {
    doc: 'Address that the HTTP API listens on where kyuubi.frontend.protocols lists REST.',
    setBy: 'server',
  }),
  bindPort: entry('kyuubi.frontend.rest.bind.port', port.default('10099'), {
    doc: 'Port of the HTTP API; 0 takes any free one.',
    setBy: 'server',
  }),
} as const;
