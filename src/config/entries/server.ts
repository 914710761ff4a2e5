import { entry } from '../entry.ts';
import { duration, list, oneOf, regex, set, text } from '../kinds.ts';

/** The gateway as a whole. */
export const serverEntries = {
  name: entry('kyuubi.server.name', text.optional(), {
    doc: 'Name of this gateway where several are listed.',
    setBy: 'server',
  }),
  administrators: entry('kyuubi.server.administrators', set.default(''), {
    doc: 'Users who may see and end what belongs to others.',
    setBy: 'server',
  }),
  redactionPattern: entry(
    'kyuubi.server.redaction.regex',
    regex.default('(?i)secret|password|token|access[.]key'),
    { doc: 'The values of keys that it finds are not shown.', setBy: 'server' },
  ),
  serverOnlyPrefixes: entry(
    'kyuubi.config.server.only.prefixes',
    list.default('kyuubi.backend.server.event.kafka.,kyuubi.metadata.store.jdbc.datasource.'),
    { doc: 'Keys that begin like this stay with the gateway.', setBy: 'server' },
  ),
  stopTimeoutMs: entry('torii.server.stop.timeout', duration.default('PT10S'), {
    doc: 'Time that running requests have when the gateway stops.',
    setBy: 'server',
  }),
} as const;

export const logEntries = {
  level: entry('torii.log.level', oneOf('debug', 'info', 'warn', 'error').default('info'), {
    doc: 'The least important lines that are logged.',
    setBy: 'server',
  }),
  format: entry('torii.log.format', oneOf('json', 'pretty').default('json'), {
    doc: 'One JSON object a line, or lines for people.',
    setBy: 'server',
  }),
} as const;
