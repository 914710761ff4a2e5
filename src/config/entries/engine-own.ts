import { entry } from '../entry.ts';
import { age, bool, interval, list, size, text } from '../kinds.ts';

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
  incrementalCollect: entry('kyuubi.operation.incremental.collect', bool.default('false'), {
    doc: 'A statement is finished with its first rows; its partitions run some at a time, one step ahead of the reader. A later failure is the answer to a fetch.',
    setBy: 'engine',
    aliases: ['kyuubi.engine.spark.operation.incremental.collect'],
  }),
  resultMemory: entry('torii.engine.result.memory', size.optional(), {
    doc: "How much of the driver's heap the results of all statements may take, a fifth of the heap unless set; one result takes a quarter of that at most. What is beyond goes to the local disk.",
    setBy: 'engine',
  }),
  spoolDir: entry('torii.engine.spool.dir', text.optional(), {
    doc: "Folder on the driver's host for results that do not fit in memory; one of Spark's local directories unless set. The files have no name while they are open, and go with the process.",
    setBy: 'engine',
  }),
  spoolReserve: entry('torii.engine.spool.reserve', size.default('256m'), {
    doc: 'A statement fails rather than leave less than this of that disk free.',
    setBy: 'engine',
  }),
} as const;
