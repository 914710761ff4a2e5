import { entry } from '../entry.ts';
import {
  age,
  bool,
  interval,
  list,
  matching,
  oneOf,
  positiveInt,
  reading,
  size,
  splitList,
  text,
} from '../kinds.ts';
import { KindOf } from '../value-kind.ts';

const fileAdvisor = 'org.apache.kyuubi.session.FileSessionConfAdvisor';

const groupMap = new KindOf(
  reading(parseGroupMap),
  'of the form alice=analysts|admins,bob=analysts',
);

/** What a session is told, keeps and may be given. */
export const sessionEntries = {
  idleTimeoutMs: entry('kyuubi.session.idle.timeout', age.default('PT6H'), {
    doc: 'A session that nobody has used for this long is closed.',
    setBy: 'session',
    aliases: ['kyuubi.session.timeout'],
  }),
  checkIntervalMs: entry('kyuubi.session.check.interval', interval.default('PT5M'), {
    doc: 'Time between two looks for idle sessions.',
    setBy: 'server',
    reachesEngine: true,
  }),
  closesOnDisconnect: entry('kyuubi.session.close.on.disconnect', bool.default('true'), {
    doc: "A session ends with its client's connection; counts only where the client itself sends it.",
    setBy: 'session',
  }),
  name: entry('kyuubi.session.name', text.optional(), {
    doc: 'Shown where sessions are listed.',
    setBy: 'session',
  }),
  infoProvider: entry('kyuubi.server.info.provider', oneOf('ENGINE', 'SERVER').default('ENGINE'), {
    doc: 'Who answers GetInfo; SERVER does not wait for the engine.',
    setBy: 'session',
    reachesEngine: false,
  }),
  restrictList: entry('kyuubi.session.conf.restrict.list', list.default(''), {
    doc: 'Keys, or `prefix.*`, that make a session fail when its client sends them.',
    setBy: 'server',
    reachesEngine: true,
  }),
  ignoreList: entry('kyuubi.session.conf.ignore.list', list.default(''), {
    doc: 'Keys, or `prefix.*`, that are dropped when a client sends them.',
    setBy: 'server',
    reachesEngine: true,
  }),
  advisor: entry(
    'kyuubi.session.conf.advisor',
    matching(
      new RegExp(`^(?:file|${fileAdvisor.replaceAll('.', '\\.')})$`),
      `file or ${fileAdvisor}`,
    )
      .note('this version has no other')
      .optional(),
    {
      doc: `Overlay for the settings of sessions: \`file\`, which is ${fileAdvisor}, reads kyuubi-session-<profile>.conf beside kyuubi-defaults.conf.`,
      setBy: 'server',
    },
  ),
  profiles: entry('kyuubi.session.conf.profile', list.default(''), {
    doc: 'Profiles whose files are laid over the settings of a session.',
    setBy: 'session',
  }),
  profileReloadMs: entry('kyuubi.session.conf.file.reload.interval', age.default('PT10M'), {
    doc: "How long a profile's file is remembered.",
    setBy: 'server',
  }),
  groupProvider: entry(
    'kyuubi.session.group.provider',
    oneOf('static', 'ldap').note('this version does not ask Hadoop').default('static'),
    {
      doc: 'Where the groups of users come from whose login has not named them: `static`, torii.session.group.static.map; `ldap`, the directory of kyuubi.authentication.ldap.url, by its service account, whether users log in by it or not.',
      setBy: 'server',
    },
  ),
  staticGroups: entry('torii.session.group.static.map', groupMap.default(''), {
    doc: 'Groups of users, the primary one first: `alice=analysts|admins,bob=analysts`. Anyone else is in a group of their own name.',
    setBy: 'server',
  }),
  confMaxEntries: entry('torii.session.conf.max.entries', positiveInt.default('1000'), {
    doc: 'Settings that a client may send for one session.',
    setBy: 'server',
  }),
  confMaxBytes: entry('torii.session.conf.max.bytes', size.default('1m'), {
    doc: 'Size of all settings together that a client may send for one session.',
    setBy: 'server',
  }),
} as const;

function parseGroupMap(from: string): ReadonlyMap<string, readonly string[]> | undefined {
  const users = new Map<string, readonly string[]>();
  for (const part of splitList(from)) {
    const [, user, groups] = /^([^=]+)=([^=]+)$/.exec(part) ?? [];
    const names = groups?.split('|').map((group) => group.trim());
    if (user === undefined || names === undefined || names.includes('')) return undefined;
    users.set(user.trim(), Object.freeze(names));
  }
  return users;
}
