import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Proportional set size: what the process holds, with shared pages divided among those who share them. */
export function pssBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`no Pss in /proc/${pid}/smaps_rollup`);
  return Number(kilobytes) * 1024;
}

const everyMs = 2_000;
const sameShare = 0.003;

/** PSS once the process has been idle for `leastMs` and no longer changes, or after `mostMs` all the same. */
export async function settledPssBytes(
  pid: number,
  { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
): Promise<number> {
  const startMs = performance.now();
  let last = pssBytes(pid);
  let sameFor = 0;
  for (;;) {
    await sleep(everyMs);
    const now = pssBytes(pid);
    sameFor = Math.abs(now - last) <= last * sameShare ? sameFor + everyMs : 0;
    last = now;
    const waitedMs = performance.now() - startMs;
    if (waitedMs >= mostMs || (waitedMs >= leastMs && sameFor >= leastMs / 2)) return now;
  }
}

/** Resident set size. */
export function rssBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`no VmRSS in /proc/${pid}/status`);
  return Number(kilobytes) * 1024;
}
