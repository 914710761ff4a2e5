import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, which Linux fixes

/** CPU seconds that a process has used, its own and the kernel's for it, in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
