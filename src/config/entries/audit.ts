import { entry } from '../entry.ts';
import { oneOf, positiveInt, size, text } from '../kinds.ts';

/** Who did what: docs/audit.md has the fields of a line. */
export const auditEntries = {
  destination: entry('torii.audit.destination', oneOf('none', 'file', 'log').default('none'), {
    doc: 'Where the audit trail goes: into a file of its own, into the log (as lines of level info), or nowhere.',
    setBy: 'server',
  }),
  file: entry('torii.audit.file', text.default('audit.log'), {
    doc: 'The file, for the destination `file`; relative to torii.work.dir. Every gateway needs its own.',
    setBy: 'server',
  }),
  maxFileBytes: entry('torii.audit.file.max.size', size.default('100m'), {
    doc: 'A file that would grow beyond this is put aside as `<file>.1`, and what was put aside before moves one on.',
    setBy: 'server',
  }),
  keptFiles: entry('torii.audit.file.max.count', positiveInt.default('10'), {
    doc: 'Files that were put aside and are kept; older ones are deleted.',
    setBy: 'server',
  }),
  statementText: entry(
    'torii.audit.statement.text',
    oneOf('full', 'hash', 'none').default('hash'),
    {
      doc: 'What is told of a statement: its text (without values that look like secrets), a SHA-256 hash of that text, or nothing.',
      setBy: 'server',
    },
  ),
} as const;
