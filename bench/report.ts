import type { Mark, PartReport, Table } from './part.ts';

/** The whole of docs/benchmarks.md. */
export function markdownReport(
  machine: Table,
  reports: readonly PartReport[],
  facts: { readonly when: Date; readonly isQuick: boolean; readonly rounds: number },
): string {
  const marks = reports.flatMap((report) => report.marks);
  const kind = facts.isQuick ? 'a quick run, whose figures prove little,' : 'a run';
  return `# Benchmarks

<!-- Made by npm run bench; do not edit. -->

Figures of ${kind} of ${facts.when.toISOString().slice(0, 10)}, ${facts.rounds} rounds, medians unless it says otherwise. What is compared was
measured on one machine in one run, taking turns. \`npm run bench\` measures anew; [bench/README.md](../bench/README.md) says how.

${markdownTable(machine)}

## Marks

${markdownTable(marksTable(marks))}

${reports.map(markdownPart).join('\n\n')}
`;
}

export function markdownPart(report: PartReport): string {
  const notes = report.notes.map((note) => `- ${note}`).join('\n');
  return [`## ${report.title}`, report.how, markdownTable(report.table), notes]
    .filter((text) => text !== '')
    .join('\n\n');
}

export function marksTable(marks: readonly Mark[]): Table {
  return {
    columns: ['what', 'figure', 'mark', 'verdict'],
    rows: marks.map(({ what, figure, limit, isMet }) => [
      what,
      figure,
      limit,
      isMet ? 'met' : '**missed**',
    ]),
  };
}

/** Columns in line, so that it reads well as plain text too. */
export function markdownTable({ columns, rows }: Table): string {
  const widths = columns.map((column, at) =>
    Math.max(3, column.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(columns), rule, ...rows.map(line)].join('\n');
}
