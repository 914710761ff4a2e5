import { entry } from '../entry.ts';
import {
  age,
  bool,
  duration,
  interval,
  limit,
  oneOf,
  portRange,
  positiveInt,
  text,
  wholeNumber,
} from '../kinds.ts';

/** Bringing an engine up and getting to it. */
export const engineLaunchEntries = {
  launchTimeoutMs: entry('kyuubi.session.engine.initialize.timeout', duration.default('PT3M'), {
    doc: 'How long a session waits for its engine before it fails.',
    setBy: 'session',
  }),
  loginTimeoutMs: entry('kyuubi.session.engine.login.timeout', duration.default('PT15S'), {
    doc: 'Time to connect to an engine.',
    setBy: 'session',
  }),
  isAsync: entry('kyuubi.session.engine.launch.async', bool.default('true'), {
    doc: 'OpenSession answers at once and the first statement waits for the engine.',
    setBy: 'session',
  }),
  startupErrorMaxChars: entry(
    'kyuubi.session.engine.startup.error.max.size',
    positiveInt.default('8192'),
    { doc: "Longest text of a failed launch's log that a client is shown.", setBy: 'session' },
  ),
  startupMaxLogLines: entry(
    'kyuubi.session.engine.startup.maxLogLines',
    positiveInt.default('10'),
    { doc: "Last lines of a failed launch's log that a client is shown.", setBy: 'session' },
  ),
  waitsForCompletion: entry('kyuubi.session.engine.startup.waitCompletion', bool.default('true'), {
    doc: 'The submitting process stays until its engine has ended.',
    setBy: 'session',
  }),
  destroyTimeoutMs: entry(
    'kyuubi.session.engine.startup.destroy.timeout',
    duration.default('PT5S'),
    { doc: 'Time that a submitting process has to end before it is killed.', setBy: 'session' },
  ),
  openMaxAttempts: entry('kyuubi.session.engine.open.max.attempts', wholeNumber.default('9'), {
    doc: 'Further attempts to open a session on an engine that refuses the connection.',
    setBy: 'server',
  }),
  openRetryWaitMs: entry('kyuubi.session.engine.open.retry.wait', duration.default('PT10S'), {
    doc: 'Wait between two of these attempts.',
    setBy: 'server',
  }),
  openOnFailure: entry(
    'kyuubi.session.engine.open.onFailure',
    oneOf('RETRY', 'DEREGISTER_IMMEDIATELY', 'DEREGISTER_AFTER_RETRY').default('RETRY'),
    { doc: "What happens to the node of an engine that can't be reached.", setBy: 'server' },
  ),
  probes: entry('kyuubi.session.engine.alive.probe.enabled', bool.default('false'), {
    doc: 'Ask engines on a connection of its own whether they are alive.',
    setBy: 'session',
  }),
  probeIntervalMs: entry('kyuubi.session.engine.alive.probe.interval', interval.default('PT10S'), {
    doc: 'Time between two such questions.',
    setBy: 'session',
  }),
  probeTimeoutMs: entry('kyuubi.session.engine.alive.timeout', age.default('PT2M'), {
    doc: 'An engine that has not answered for this long is lost.',
    setBy: 'session',
  }),
  logTimeoutMs: entry('kyuubi.session.engine.log.timeout', age.default('PT24H'), {
    doc: 'Age at which the log of a launch is overwritten by the next one.',
    setBy: 'session',
  }),
  mainResource: entry('kyuubi.session.engine.spark.main.resource', text.optional(), {
    doc: "The engine's jar, as a path or a URI; torii.engine.jar unless set.",
    setBy: 'session',
  }),
  startupLimit: entry('kyuubi.server.limit.engine.startup', limit.optional(), {
    doc: 'Launches that run at once; the others wait their turn.',
    setBy: 'server',
  }),
  portRange: entry('torii.engine.port.range', portRange.optional(), {
    doc: 'Ports that engines listen on, e.g. 50000-50999; any free one unless set.',
    setBy: 'server',
    reachesEngine: true,
  }),
  reregisterWaitMs: entry('torii.engine.reregister.wait', duration.default('PT10S'), {
    doc: 'An engine that is known to live but has no node is given this long to come back before another is launched.',
    setBy: 'server',
  }),
  launchLogMaxLines: entry('torii.operation.launch.log.max.lines', positiveInt.default('1000'), {
    doc: 'Lines of the launch log that a session keeps for its client.',
    setBy: 'server',
  }),
} as const;
