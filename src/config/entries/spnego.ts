import { entry } from '../entry.ts';
import { text } from '../kinds.ts';

/** Kerberos over HTTP. */
export const spnegoEntries = {
  principal: entry('kyuubi.spnego.principal', text.optional(), {
    doc: 'Kerberos principal of the HTTP door, HTTP/<host>@REALM; clients make it of the host in their URL. Tickets are taken over HTTP where this and the keytab are set and kyuubi.authentication lists KERBEROS.',
    setBy: 'server',
  }),
  keytab: entry('kyuubi.spnego.keytab', text.optional(), {
    doc: 'File with the keys of kyuubi.spnego.principal, for the gateway’s user alone.',
    setBy: 'server',
  }),
} as const;
