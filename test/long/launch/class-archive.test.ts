import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { LocalLauncher } from '../../../src/launch/local/local-launcher.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { LaunchLab, never, requestOf } from '../../integration/launch/launch-lab.ts';

const minuteMs = 60_000;

let lab: LaunchLab;
beforeEach(() => {
  lab = new LaunchLab();
});
afterEach(() => lab.end());

/** Launches our engine and says which class archives its process has mapped once it is up. */
async function archivesOfNext(launcher: LocalLauncher): Promise<readonly string[]> {
  const request = requestOf({
    'spark.torii.engine.bind.host': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
  });
  const pid = await launcher.submit(request, never);
  let isUp = false;
  for await (const line of launcher.log(request.tag, 0, never)) {
    isUp = line.includes('Engine is ready at');
    if (isUp) break;
  }
  if (!isUp) throw new Error((await launcher.ended(request.tag, never)).reason);
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').match(/\/\S+\.jsa$/gm) ?? [];
  await launcher.settled(request.tag);
  await launcher.kill(request.tag, never);
  return [...new Set(maps)].filter((path) => path.startsWith(lab.cacheDir));
}

async function archiveMade(): Promise<string> {
  const dir = join(lab.cacheDir, 'cds');
  for (;;) {
    const [archive] = readdirSync(dir).filter((name) => name.endsWith('.jsa'));
    if (archive !== undefined) return join(dir, archive);
    await systemClock.sleep(500);
  }
}

it(
  'is made after the first start, used by the next, and left out when it is damaged',
  async () => {
    const launcher = lab.launcher({
      sparkHome: sparkHome(),
      mainResource: process.env['TORII_ENGINE_JAR'] ?? '',
      fastStart: { directly: true, archives: true },
    });
    expect(await archivesOfNext(launcher)).toEqual([]);
    const archive = await archiveMade();
    expect(await archivesOfNext(launcher)).toEqual([archive]);
    // Java would crash on what is left of it.
    truncateSync(archive, 1_000_000);
    expect(await archivesOfNext(launcher)).toEqual([]);
  },
  10 * minuteMs,
);
