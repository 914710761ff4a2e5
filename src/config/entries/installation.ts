import { entry } from '../entry.ts';
import { text } from '../kinds.ts';

/** Where things lie on this machine. */
export const installationEntries = {
  workDir: entry('torii.work.dir', text.optional(), {
    doc: 'Working directories of engines and what the gateway keeps; $KYUUBI_WORK_DIR_ROOT, else `work` in the current directory.',
    setBy: 'server',
  }),
  cacheDir: entry('torii.cache.dir', text.optional(), {
    doc: 'What can be made again, such as class-data archives; `cache` in torii.work.dir unless set.',
    setBy: 'server',
  }),
  engineJar: entry('torii.engine.jar', text.optional(), {
    doc: "The engine's jar; the one that came with the gateway unless set.",
    setBy: 'server',
  }),
  sparkHome: entry('torii.spark.home', text.optional(), {
    doc: 'The Spark installation that launches engines; kyuubi.engineEnv.SPARK_HOME, else $SPARK_HOME.',
    setBy: 'server',
  }),
  javaHome: entry('torii.java.home', text.optional(), {
    doc: 'The Java that engines are launched with; kyuubi.engineEnv.JAVA_HOME, else $JAVA_HOME.',
    setBy: 'server',
  }),
} as const;
