import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import type { EngineJob, JobSink, JobView } from '../../../src/launch/job-platform.ts';
import type { LaunchRequest, LaunchTag } from '../../../src/launch/launcher.ts';
import { YarnPlatform } from '../../../src/launch/yarn/yarn-platform.ts';
import type { YarnSpec } from '../../../src/preset/cluster-spec.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';
import { newSecret } from '../../support/secrets.ts';
import type { YarnCluster } from '../../support/yarn-cluster.ts';

export const never = new AbortController().signal;

const engineJar = fileURLToPath(
  new URL('../../../spark-engine/target/torii-spark-engine.jar', import.meta.url),
);

/** A platform on a real cluster, and the jobs that are given to it. */
export class YarnLab {
  readonly fleet = randomUUID().slice(-12);
  readonly engineKey = newSecret();
  readonly #yarn: YarnCluster;

  constructor(yarn: YarnCluster) {
    this.#yarn = yarn;
  }

  platform(changes: Partial<YarnSpec> = {}): YarnPlatform {
    const spec: YarnSpec = {
      kind: 'yarn',
      name: 'test',
      zookeeper: undefined,
      environment: new Map(),
      limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
      superusers: new Set(),
      resourceManagers: [this.#yarn.address],
      hadoopConfDir: this.#yarn.confDir,
      sparkHome: undefined,
      queues: [],
      apiUser: undefined,
      principal: undefined,
      keytab: undefined,
      proxyUserMaxLifeMs: undefined,
      ...changes,
    };
    return new YarnPlatform({
      spec,
      fleet: this.fleet,
      sparkHome: sparkHome(),
      javaHome: undefined,
      cacheDir: this.cacheDir,
      baseEnvironment: { ...process.env, SPARK_CONF_DIR: undefined },
      osUser: userInfo().username,
      clock: systemClock,
    });
  }

  get cacheDir(): string {
    return join(this.#yarn.dir, 'cache');
  }

  job(conf: Readonly<Record<string, string>> = {}, changes: Partial<EngineJob> = {}): EngineJob {
    const tag = changes.tag ?? randomUUID();
    return {
      tag,
      fleet: this.fleet,
      appUser: userInfo().username,
      appName: 'yarn test',
      conf: new Map(
        Object.entries({
          'spark.driver.memory': '512m',
          'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
          'spark.executor.memory': '512m',
          'spark.executor.extraJavaOptions': '-XX:TieredStopAtLevel=1',
          'spark.executor.instances': '2',
          'spark.ui.enabled': 'false',
          'spark.yarn.jars': `local:${join(sparkHome(), 'jars', '*')}`,
          'spark.yarn.stagingDir': `file://${join(this.#yarn.dir, 'staging')}`,
          'spark.kyuubi.ha.engine.ref.id': tag,
          'spark.kyuubi.engine.submit.time': String(Date.now()),
          ...conf,
        }),
      ),
      isSecret: (key) => /secret|password/i.test(key),
      environment: new Map(),
      sidecars: [],
      main: { resource: engineJar, mainClass: 'io.torii.engine.EngineMain' },
      engineKey: this.engineKey,
      owner: { user: 'Älice, B.', group: undefined, session: randomUUID(), preset: 'small' },
      ...changes,
    };
  }

  /** A launch with the settings of `job`. */
  request(conf: Readonly<Record<string, string>> = {}): LaunchRequest {
    return newLaunchRequest({
      appUser: userInfo().username,
      conf: this.job({
        // A program that makes no Spark context is given up after 100 s, and is in nobody's way here.
        'spark.yarn.am.waitTime': '10min',
        'spark.shuffle.service.port': '0',
        ...conf,
      }).conf,
      engineKey: this.engineKey,
    });
  }

  /** A Spark whose spark-submit is this script; `$SPARK` is the real one's. */
  sparkWith(script: string): string {
    const home = join(this.#yarn.dir, `spark-${randomUUID()}`);
    mkdirSync(join(home, 'bin'), { recursive: true });
    const path = join(home, 'bin', 'spark-submit');
    const spark = `export SPARK_HOME=${sparkHome()}; SPARK=$SPARK_HOME/bin/spark-submit`;
    writeFileSync(path, `#!/bin/bash\n${spark}\n${script}\n`);
    chmodSync(path, 0o755);
    return home;
  }
}

/** What a platform has told, for a test to wait for. */
export class HeardJobs implements JobSink {
  readonly troubles: unknown[] = [];
  readonly states: string[] = [];
  #jobs: readonly JobView[] = [];
  #told = 0;

  all(jobs: readonly JobView[]): void {
    this.#jobs = jobs;
    this.#told++;
    for (const { tag, platformState } of jobs) {
      const line = `${tag} ${platformState}`;
      if (!this.states.includes(line)) this.states.push(line);
    }
  }

  /** How often the whole was told. */
  get told(): number {
    return this.#told;
  }

  changed(): void {
    throw new Error('a list tells all jobs at once');
  }

  gone(): void {
    throw new Error('a list tells all jobs at once');
  }

  line(): void {
    throw new Error('the states say it all');
  }

  unreachable(why: unknown): void {
    this.troubles.push(why);
  }

  job(tag: LaunchTag): JobView | undefined {
    return this.#jobs.find((job) => job.tag === tag);
  }
}

export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 150_000,
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs)
      throw new Error(`not within ${limitMs} ms: ${String(look)}`);
    await systemClock.sleep(100);
  }
}
