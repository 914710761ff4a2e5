import type { Settings } from '../../config/entry.ts';
import type { Clock } from '../../core/clock.ts';
import type { LaunchLog } from '../launch-log.ts';
import { sparkSubmitCommand, type LaunchCommand, type SubmitFacts } from '../spark-submit-args.ts';
import { archiveKey, ClassArchives } from './class-archive.ts';
import {
  archivableSubmitCommand,
  directCommand,
  directEnvironment,
  driverClassPath,
} from './driver-command.ts';
import { javaExecutable, readJavaRuntime, type JavaRuntime } from './java-runtime.ts';
import type { Site } from '../site.ts';
import { siteJar } from './site-jar.ts';
import { startPlan, type StartPlan } from './start-plan.ts';
import { warmUps } from './warm-up.ts';

export interface DriverStart {
  readonly plan: StartPlan;
  readonly command: LaunchCommand;
  readonly environment: Readonly<Record<string, string>>;
  /** Has the archive for the next start made, if this one had none that fits. */
  readonly whenUp: () => void;
  /** Throws away the archive that it was started with, if any. */
  readonly whenCrashed: () => Promise<void>;
}

export interface FastStart {
  /** Local engines are started by java itself where spark-submit would have nothing to do. */
  readonly directly: boolean;
  /** Class-data archives are made and used. */
  readonly archives: boolean;
}

/** Works out the fastest way to start a driver that leaves nothing out. */
export class DriverStarts {
  readonly #cacheDir: string;
  readonly #wanted: FastStart;
  readonly #archives: ClassArchives;
  readonly #runtimes = new Map<string, Promise<JavaRuntime | undefined>>();

  constructor(cacheDir: string, wanted: FastStart, clock: Clock, log: LaunchLog) {
    this.#cacheDir = cacheDir;
    this.#wanted = wanted;
    this.#archives = new ClassArchives(cacheDir, clock, log);
  }

  /** `confOf` is asked last, since it takes the time of submission. */
  async prepare(
    facts: Omit<SubmitFacts, 'conf'>,
    site: Site,
    environment: Readonly<Record<string, string>>,
    confOf: () => Settings,
  ): Promise<DriverStart> {
    const conf = confOf();
    const java = await this.#runtime(environment, facts.sparkHome);
    const plan = this.#plan({ ...facts, conf, site, environment, java });
    if (plan === 'scripts' || java === undefined) {
      const command = sparkSubmitCommand({ ...facts, conf: confOf() });
      const whenUp = (): void => undefined;
      return {
        plan: 'scripts',
        command,
        environment,
        whenUp,
        whenCrashed: () => Promise.resolve(),
      };
    }

    const emptyConfDir = await this.#archives.emptyDirectory();
    const inJar = await siteJar(site, this.#cacheDir);
    const classPath = driverClassPath({ ...facts, conf, siteJar: inJar, emptyConfDir });
    const key = this.#wanted.archives ? await archiveKey(java, classPath) : undefined;
    const archive = key === undefined ? undefined : await this.#archives.find(key);
    const all = { ...facts, conf: confOf(), java, siteJar: inJar, emptyConfDir, archive };
    const own = withoutConfDirs(environment, emptyConfDir);
    return {
      plan,
      command: plan === 'direct' ? directCommand(all) : archivableSubmitCommand(all),
      environment: plan === 'direct' ? { ...own, ...directEnvironment(all) } : own,
      whenUp: () => {
        if (key === undefined || archive !== undefined) return;
        this.#archives.makeInBackground(key, warmUps(java, classPath, own));
      },
      whenCrashed: async () => {
        if (key !== undefined && archive !== undefined) await this.#archives.discard(key);
      },
    };
  }

  /** Asks Java and Spark ahead of the first launch, which would wait for the answers. */
  async askAhead(environment: Readonly<Record<string, string>>): Promise<void> {
    await this.#runtime(environment, environment['SPARK_HOME'] ?? '');
  }

  stop(): Promise<void> {
    return this.#archives.stop();
  }

  #plan(facts: Parameters<typeof startPlan>[0]): StartPlan {
    const plan = startPlan(facts);
    if (plan === 'direct' && !this.#wanted.directly)
      return this.#wanted.archives ? 'submit' : 'scripts';
    return plan === 'submit' && !this.#wanted.archives ? 'scripts' : plan;
  }

  #runtime(
    environment: Readonly<Record<string, string>>,
    sparkHome: string,
  ): Promise<JavaRuntime | undefined> {
    const executable = javaExecutable(environment);
    const key = `${executable}\0${environment['PATH']}\0${sparkHome}`;
    const known = this.#runtimes.get(key);
    if (known !== undefined) return known;
    if (this.#runtimes.size >= 32) this.#runtimes.clear(); // sessions may name Javas of their own
    const runtime = readJavaRuntime(executable, environment, sparkHome);
    this.#runtimes.set(key, runtime);
    // A Java that could not be asked this time may answer the next.
    void runtime.then((found) => found?.sparkOptions ?? this.#runtimes.delete(key));
    return runtime;
  }
}

function withoutConfDirs(
  environment: Readonly<Record<string, string>>,
  emptyConfDir: string,
): Readonly<Record<string, string>> {
  const { HADOOP_CONF_DIR: _hadoop, YARN_CONF_DIR: _yarn, ...rest } = environment;
  return { ...rest, SPARK_CONF_DIR: emptyConfDir };
}
