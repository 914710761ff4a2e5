import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipFile } from '../../../src/launch/local/zip-file.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { gather, LaunchLab, never, processesWith, requestOf } from './launch-lab.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

let lab: LaunchLab;
let emptyJar: string;
beforeAll(() => {
  lab = new LaunchLab();
  emptyJar = join(lab.dir, 'empty.jar');
  writeFileSync(emptyJar, zipFile([{ name: 'nothing.txt', content: Buffer.alloc(0) }]));
});
afterAll(() => lab.end());

async function failureOf(conf: Readonly<Record<string, string>>, directly = true): Promise<string> {
  const fastStart = { directly, archives: false };
  const launcher = lab.launcher({ sparkHome: sparkHome(), mainResource: emptyJar, fastStart });
  const request = requestOf(conf);
  await launcher.submit(request, never);
  const end = await launcher.ended(request.tag, never);
  const toldMs = performance.now();
  // Ended is ended: the process was there a moment ago, and what it wrote last is in the reason.
  expect(processesWith(request.tag)).toEqual([]);
  await gather(launcher.log(request.tag, 0, never));
  expect(performance.now() - toldMs).toBeLessThan(2000);
  expect(end.outcome).toBe('failed');
  return end.reason;
}

describe("what Spark's own scripts say of a launch that can not be", () => {
  it('names a master that does not exist', async () => {
    expect(await failureOf({ 'spark.master': 'nowhere' })).toMatch(
      /exit code 1: .*Master (must|should)|Could not parse Master URL/s,
    );
  });

  it('names the class that is not in the jar', async () => {
    const missing = /ended with exit code \d+: .*io\.torii\.engine\.EngineMain/s;
    expect(await failureOf({})).toMatch(missing);
    expect(await failureOf({}, false)).toMatch(/: Error: Failed to load class io\.torii/);
  });

  it('names memory that Java does not understand', async () => {
    expect(await failureOf({ 'spark.driver.memory': 'much' })).toMatch(/-Xmxmuch/);
  });

  it('names options that Java does not take', async () => {
    const conf = { 'spark.driver.extraJavaOptions': '-XX:+UseSerialGC -XX:+UseParallelGC' };
    expect(await failureOf(conf)).toMatch(
      /: Error occurred .*Multiple garbage collectors selected/s,
    );
  });

  it('names an argument that spark-submit refuses, without its secrets', async () => {
    const conf = {
      'spark.submit.deployMode': 'sideways',
      'spark.my.password': secret,
      'spark.jars': emptyJar,
    };
    const reason = await failureOf(conf);
    expect(reason).toMatch(/deploy mode/i);
    expect(reason).not.toContain(secret);
  });
});
