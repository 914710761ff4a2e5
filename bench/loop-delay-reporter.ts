// Loaded into a process before its own program (`--import`): watches how long the event loop is held, and on SIGUSR2 writes
// what it has seen since the last time to the file that the address of this module names.
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const everyMs = 5;
const file = new URL(import.meta.url).searchParams.get('file');
const seen = monitorEventLoopDelay({ resolution: everyMs });

let busyMs = 0;
let last = cpuMs();

seen.enable();
setInterval(() => {
  const now = cpuMs();
  busyMs = Math.max(busyMs, now - last);
  last = now;
}, everyMs).unref();
process.on('SIGUSR2', () => {
  if (file === null) return;
  const delayMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - everyMs);
  const delays = { p99Ms: delayMs(seen.percentile(99)), maxMs: delayMs(seen.max), busyMs };
  writeFileSync(`${file}.new`, JSON.stringify(delays));
  renameSync(`${file}.new`, file);
  seen.reset();
  busyMs = 0;
});

/** Processor time of the event loop's own thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
