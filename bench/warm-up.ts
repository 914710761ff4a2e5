/** As many runs in a row without a faster one say that a side is warm. */
export const warmRuns = 3;
const mostRuns = 15;
const faster = 0.97;

/** Runs until it no longer gets faster: neither Java's compilers nor caches then decide what is measured. Gives what each run took. */
export async function warmUp(run: () => Promise<number>): Promise<number[]> {
  const taken: number[] = [];
  let best = Infinity;
  let since = 0;
  while (since < warmRuns && taken.length < mostRuns) {
    const time = await run();
    taken.push(time);
    since = time < best * faster ? 0 : since + 1;
    best = Math.min(best, time);
  }
  return taken;
}
