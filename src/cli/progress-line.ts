import { displayWidth, fitWidth } from './display-width.ts';
import type { Progress } from './hs2-operation.ts';

const barWidth = 30;

/** `STAGES: 01/02 [=======>      ]  50% 3.2 s`, cut to the terminal; without progress only the time. */
export function progressLine(
  progress: Progress | undefined,
  elapsedMs: number,
  terminalWidth: number,
): string {
  const time = seconds(elapsedMs);
  if (progress === undefined || progress.headerNames.length === 0) return `running ${time}`;
  const ratio = Math.min(1, Math.max(0, progress.progressedPercentage || 0));
  const percent = `${String(Math.floor(ratio * 100)).padStart(3)}%`;
  const line = `${progress.footerSummary} ${bar(ratio, barWidth)} ${percent} ${time}`.trimStart();
  if (displayWidth(line) < terminalWidth) return line;
  return fitWidth(`${progress.footerSummary} ${percent} ${time}`.trimStart(), terminalWidth - 1);
}

export function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(elapsedMs < 10_000 ? 2 : 1)} s`;
}

function bar(ratio: number, width: number): string {
  const done = Math.floor(ratio * width);
  if (done >= width) return `[${'='.repeat(width)}]`;
  return `[${'='.repeat(done)}>${' '.repeat(width - done - 1)}]`;
}
