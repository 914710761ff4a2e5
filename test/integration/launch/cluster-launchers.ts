import { systemClock } from '../../../src/core/clock.ts';
import { ClusterLauncher } from '../../../src/launch/cluster-launcher.ts';
import type { JobPlatform } from '../../../src/launch/job-platform.ts';
import type { MainResource } from '../../../src/launch/main-resource.ts';

const silent = (): void => undefined;

/** Launchers over platforms of one fleet, to be stopped together. */
export class ClusterLaunchers {
  readonly #all: ClusterLauncher[] = [];

  /** A launcher that has begun to look at its cluster. */
  start(platform: JobPlatform, fleet: string, main: MainResource): ClusterLauncher {
    const launcher = new ClusterLauncher({
      cluster: 'test',
      platform,
      fleet,
      limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
      kindConf: new Map([['spark.master', platform.kind === 'yarn' ? 'yarn' : 'k8s']]),
      environment: new Map(),
      // A job that names a class of its own is started by it.
      mainOf: (conf) => ({ ...main, mainClass: conf.get('spark.test.main') ?? main.mainClass }),
      secretKeys: /secret|password/i,
      clock: systemClock,
      log: { debug: silent, info: silent, warn: silent },
    });
    launcher.start();
    this.#all.push(launcher);
    return launcher;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((launcher) => launcher.stop()));
  }
}
