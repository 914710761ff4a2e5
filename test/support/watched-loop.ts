/**
 * The longest that the event loop was away from its timers, and the most that it worked between two: what is beyond, other
 * processes had.
 */
export interface LoopTimes {
  readonly heldMs: number;
  readonly busyMs: number;
}

/** Watches the event loop until it is stopped. */
export function watchLoop(): { readonly stop: () => LoopTimes } {
  const everyMs = 5;
  let heldMs = 0;
  let busyMs = 0;
  let last = { at: performance.now(), cpu: process.threadCpuUsage() };
  const timer = setInterval(() => {
    const now = { at: performance.now(), cpu: process.threadCpuUsage() };
    const cpuMicros = now.cpu.user - last.cpu.user + now.cpu.system - last.cpu.system;
    heldMs = Math.max(heldMs, now.at - last.at - everyMs);
    busyMs = Math.max(busyMs, cpuMicros / 1000);
    last = now;
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return { heldMs, busyMs };
    },
  };
}
