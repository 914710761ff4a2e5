import type { Entry } from './entry.ts';
import { topics } from './topics.ts';

/** conf/kyuubi-defaults.conf.template: every setting with its default, commented out. */
export function renderTemplate(): string {
  const head = [
    '# Copy to kyuubi-defaults.conf in the same folder and take the # away where a value should differ.',
    '# Made by scripts/generate-config.mjs from src/config/entries; do not edit.',
    '# docs/configuration.md says what each setting takes and who may set it.',
  ];
  const parts = topics.flatMap(({ title, entries }) => [
    '',
    `## ${title}`,
    ...Object.values(entries).flatMap((one) => [
      '',
      ...wrap(one.doc, 118).map((line) => `# ${line}`),
      `# ${one.key}=${escapeValue(one.value.defaultText ?? '')}`,
    ]),
  ]);
  return `${[...head, ...parts].join('\n')}\n`;
}

/** docs/configuration.md. */
export function renderReference(): string {
  const parts = topics.flatMap(({ title, entries }) => [
    '',
    `## ${title}`,
    '',
    '| Key | Default | Takes | Set by | Meaning |',
    '| --- | --- | --- | --- | --- |',
    ...Object.values(entries).map(row),
  ]);
  return `${[...introduction, ...parts].join('\n')}\n`;
}

const introduction = [
  '# Configuration',
  '',
  '<!-- Made by scripts/generate-config.mjs from src/config/entries; do not edit. -->',
  '',
  'Settings come from `kyuubi-defaults.conf`, and from `--conf key=value` on the command line, which wins. The file is the one',
  'named by `--properties-file`, else it is looked for in `$KYUUBI_CONF_DIR`, `$KYUUBI_HOME/conf` or `./conf`. It has the syntax of',
  'Java properties in UTF-8. A relative path is taken from the current directory.',
  '',
  '- A wrong value and an unknown `torii.` key stop the start and name themselves. An unknown `kyuubi.` key is warned about once and',
  '  reaches engines; any other key reaches them too.',
  '- An empty value is as good as none, except for a list.',
  '- *Set by*: `server` settings are read at the start, and what a client sends for them is dropped without a word. `session` settings',
  '  may be sent by the client when it opens a session. `engine` settings too, and only the engine reads them.',
  '- `___alice___.key=value` holds for the sessions of user alice. A setting of a session comes from the server, the user, the client',
  '  and the profile (`kyuubi-session-<profile>.conf`, where `kyuubi.session.conf.advisor` is set); the last one that has it wins.',
  '- What begins with `kyuubi.ha.` or `torii.` never counts when a client sends it. Use `kyuubi.session.conf.restrict.list` for more,',
  '  e.g. `kyuubi.engineEnv.*,kyuubi.session.engine.spark.main.resource`: with these a client decides what runs as the engine.',
  '- Secrets are marked with ‡. They are never logged.',
];

function row(one: Entry<unknown>): string {
  const aliases = one.aliases.map((alias) => `<br>or \`${alias}\``).join('');
  const fallback = one.value.defaultText;
  const cells = [
    `\`${one.key}\`${one.secret ? ' ‡' : ''}${aliases}`,
    fallback === undefined || fallback === '' ? '' : `\`${fallback}\``,
    one.value.expected,
    one.setBy,
    one.doc,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
