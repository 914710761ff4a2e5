import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { systemClock } from '../../src/core/clock.ts';
import { childEnvironment } from '../../src/launch/child-environment.ts';
import type { LaunchLog } from '../../src/launch/launch-log.ts';
import { DriverStarts } from '../../src/launch/local/driver-starts.ts';
import { mainResourceOf } from '../../src/launch/main-resource.ts';
import { readSite } from '../../src/launch/site.ts';
import { sparkHome } from './spark-homes.ts';
import { sparkEnvironment } from './spark-thrift-server.ts';

/** A cache of this working copy's own: another's engine jar has archives of its own, and only a few are kept. */
const sharedCache = fileURLToPath(new URL('../../.runtime/shared-cache', import.meta.url));
export const sharedArchives = join(sharedCache, 'cds');
const emptyDirectory = 'no-conf';

const limitMs = 300_000;
const pollMs = 500;

/**
 * Gives a gateway the archives that are there by now. What it makes or throws away is its own: no test has to do with what
 * another one's gateway does.
 */
export function linkSharedArchives(gatewayCache: string): void {
  const own = join(gatewayCache, 'cds');
  mkdirSync(join(sharedArchives, emptyDirectory), { recursive: true });
  mkdirSync(own, { recursive: true });
  const isShared = (name: string): boolean =>
    name === emptyDirectory || /\.jsa(?:\.size)?$/.test(name);
  for (const name of readdirSync(sharedArchives).filter(isShared)) {
    symlinkSync(join(sharedArchives, name), join(own, name));
  }
}

/**
 * Vitest runs this once before the integration tests: has the class-data archive made for the engines of test gateways, which
 * takes half a minute after each change of the engine. So no gateway makes it while tests run, and no test's time depends
 * on which ran before. Without an archive the tests run all the same, slower.
 */
export async function setup(): Promise<void> {
  let failure: string | undefined;
  const log: LaunchLog = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, event) => (failure = `${event}: ${inspect(fields)}`),
  };
  const starts = new DriverStarts(
    sharedCache,
    { directly: true, archives: true },
    systemClock,
    log,
  );
  const deadlineMs = performance.now() + limitMs;
  try {
    for (;;) {
      const { command, whenUp } = await localStart(starts);
      if (command.args.some((arg) => arg.startsWith('-XX:SharedArchiveFile='))) return;
      if (performance.now() > deadlineMs) failure ??= `not made within ${limitMs / 1000} s`;
      if (failure !== undefined) break;
      whenUp();
      await systemClock.sleep(pollMs); // it may be another run that makes it
    }
    process.stderr.write(`engines start without a class-data archive: ${failure}\n`);
  } finally {
    await starts.stop();
  }
}

/** The class path of a gateway's local engine that brings no files of its own. */
async function localStart(starts: DriverStarts): Promise<ReturnType<DriverStarts['prepare']>> {
  const home = sparkHome();
  const environment = childEnvironment(sparkEnvironment(home), new Map(), {
    sparkHome: home,
    javaHome: undefined,
  });
  const site = await readSite(environment);
  const facts = {
    sparkHome: home,
    main: mainResourceOf(new Map(), process.env['TORII_ENGINE_JAR'] ?? '', existsSync),
    siteDefaults: site.defaults,
    appUser: 'nobody',
    osUser: 'nobody',
    engineKey: '',
    propertiesPath: '',
    isSecret: () => false,
  };
  const conf = new Map([['spark.master', 'local[1]']]);
  return starts.prepare(facts, site, environment, () => conf);
}
