import type { Finding, ProbeStep, Verdict } from '../core/finding.ts';

/** How many findings have each verdict. */
export type Summary = Readonly<Record<Verdict, number>>;

export function summaryOf(findings: readonly Finding[]): Summary {
  const of = (verdict: Verdict): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  return {
    ok: of('ok'),
    warning: of('warning'),
    failed: of('failed'),
    unknown: of('unknown'),
  };
}

export function findingText({ check, verdict, seen, hint }: Finding): string {
  const word = verdict === 'failed' ? 'FAILED' : verdict;
  const lines = [`${word.padEnd(8)} ${check}: ${seen}`];
  if (hint !== undefined && verdict !== 'ok') lines.push(`         -> ${hint}`);
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

export function stepText({ step, atMs, seen }: ProbeStep): string {
  const seconds = `${(atMs / 1000).toFixed(1)} s`.padStart(8);
  return `${oneLine(`${seconds} ${step}${seen === '' ? '' : `: ${seen}`}`)}\n`;
}

export function summaryText({ ok, warning, failed, unknown }: Summary): string {
  const warnings = `${warning} warning${warning === 1 ? '' : 's'}`;
  return `${failed} failed, ${warnings}, ${unknown} unknown, ${ok} ok\n`;
}

/** What comes from services may have line ends and codes for terminals. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' | ').replaceAll(/\p{Cc}/gu, '');
}
