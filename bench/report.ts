import type { Measured } from './measured.ts';
import type { Mark, PartReport, Table } from './part.ts';

/** The whole of docs/benchmarks.md. */
export function markdownReport(all: readonly Measured[]): string {
  const machines = [
    ...new Map(all.map(({ machine }) => [JSON.stringify(machine), machine])).values(),
  ];
  return `# Benchmarks

<!-- Made by npm run bench from bench/measured.json; do not edit. -->

Medians, unless it says otherwise. What a section compares was measured on one machine in one run, taking turns; its last line
says when. \`npm run bench\` measures anew; [bench/README.md](../bench/README.md) says how.

${machines.map(markdownTable).join('\n\n')}

## Marks

${markdownTable(marksTable(all.flatMap(({ report }) => report.marks)))}

${all.map(markdownMeasured).join('\n\n')}
`;
}

function markdownMeasured({ report, when, rounds, isQuick, load }: Measured): string {
  const kind = isQuick ? 'a quick run, whose figures prove little' : `${rounds} rounds`;
  return `${markdownPart(report)}\n\nMeasured ${when}: ${kind}; load before the run ${load}.`;
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
