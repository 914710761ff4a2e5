import { entry } from '../entry.ts';
import { age, bool, interval, list, text } from '../kinds.ts';

/** What the engine itself reads; the gateway hands it on. */
export const engineOwnEntries = {
  idleTimeoutMs: entry('kyuubi.session.engine.idle.timeout', age.default('PT30M'), {
    doc: 'An engine without a session ends after this long.',
    setBy: 'engine',
  }),
  checkIntervalMs: entry('kyuubi.session.engine.check.interval', interval.default('PT1M'), {
    doc: 'Time between two looks whether the engine is idle.',
    setBy: 'engine',
  }),
  maxLifetimeMs: entry('kyuubi.session.engine.spark.max.lifetime', age.default('PT0S'), {
    doc: 'An engine takes no new session after this long; PT0S for no limit.',
    setBy: 'engine',
  }),
  maxInitialWaitMs: entry('kyuubi.session.engine.spark.max.initial.wait', age.default('PT1M'), {
    doc: 'A CONNECTION engine ends when no session has come after this long.',
    setBy: 'engine',
  }),
  initializeSql: entry('kyuubi.engine.spark.initialize.sql', text.default('SHOW DATABASES'), {
    doc: 'Statements that the engine runs before it registers, separated by semicolons.',
    setBy: 'engine',
    aliases: ['kyuubi.engine.initialize.sql'],
  }),
  sessionInitializeSql: entry('kyuubi.session.engine.spark.initialize.sql', text.optional(), {
    doc: 'Statements that the engine runs when a session opens.',
    setBy: 'engine',
    aliases: ['kyuubi.engine.session.initialize.sql'],
  }),
  isSingleSparkSession: entry('kyuubi.engine.single.spark.session', bool.default('false'), {
    doc: 'All sessions of an engine share settings, temporary views and the current database.',
    setBy: 'engine',
  }),
  registeredAttributes: entry(
    'kyuubi.engine.spark.register.attributes',
    list.default('spark.driver.memory,spark.executor.memory'),
    { doc: "Settings of Spark that stand in the engine's node.", setBy: 'engine' },
  ),
} as const;
