import { describe, expect, it } from 'vitest';
import { viewOf, viewsOf } from '../../../../src/launch/yarn/application-view.ts';
import { application, fleet, tag } from './application.ts';

const quoted = (log: string): string =>
  [
    'Application application_1_0001 failed 1 times (global limit =2; local limit is =1) due to AM Container for appattempt_1_0001_000001 exited with  exitCode: 13',
    'Failing this attempt.Diagnostics: [2026-11-21 17:03:45.120]Exception from container-launch.',
    'Container id: container_1_0001_01_000001',
    'Exit code: 13',
    '',
    '[2026-11-21 17:03:45.210]Container exited with a non-zero exit code 13. Error file: prelaunch.err.',
    'Last 4096 bytes of prelaunch.err :',
    'Last 4096 bytes of stderr :',
    log,
    '',
    '',
    'For more detailed output, check the application tracking page: http://rm:8088/cluster/app/application_1_0001 Then click on links to logs of each attempt.',
    '. Failing the application.',
  ].join('\n');

const attempt = (code: number, diagnostics: string): string =>
  `Application application_1_0001 failed 1 times (global limit =2; local limit is =1) due to AM Container for appattempt_1_0001_000001 exited with  exitCode: ${code}\nFailing this attempt.Diagnostics: [2026-11-21 17:03:45.120]${diagnostics}\nFor more detailed output, check the application tracking page: http://rm:8088/ Then click on links to logs of each attempt.\n. Failing the application.`;

interface Row {
  readonly what: string;
  readonly state: string;
  readonly finalStatus?: string;
  readonly diagnostics: string;
  readonly outcome: string;
  /** What the reason begins with, or holds. */
  readonly reason: RegExp;
  readonly hint: RegExp;
}

const ends: readonly Row[] = [
  {
    what: 'an engine that says why it did not start',
    state: 'FAILED',
    diagnostics: quoted(
      'INFO ApplicationMaster: Waiting\nEngine start failed: ZooKeeper at zk:2181 does not answer (ConnectionLossException)',
    ),
    outcome: 'failed',
    reason: /^ZooKeeper at zk:2181 does not answer/,
    hint: /must reach the gateway's ZooKeeper/,
  },
  {
    what: 'a class that is not there',
    state: 'FAILED',
    diagnostics: quoted(
      'ERROR ApplicationMaster: Uncaught exception: \njava.lang.ClassNotFoundException: no.such.Main\n\tat java.base/java.net.URLClassLoader.findClass',
    ),
    outcome: 'failed',
    reason:
      /^java\.lang\.ClassNotFoundException: no\.such\.Main\nApplication application_1_0001 failed/,
    hint: /A class is missing/,
  },
  {
    what: 'a trace with a cause',
    state: 'FAILED',
    diagnostics: quoted(
      'Exception in thread "main" org.apache.spark.SparkException: outer\nCaused by: java.io.IOException: No space left on device\n\tat x',
    ),
    outcome: 'failed',
    reason: /^java\.io\.IOException: No space left on device\n/,
    hint: /ended before its SparkContext was up/,
  },
  {
    what: 'a container beyond its memory',
    state: 'FAILED',
    diagnostics: attempt(
      -104,
      'Container [pid=123,containerID=container_1_0001_01_000001] is running 1048576B beyond the ‘PHYSICAL’ memory limit. Current usage: 1.1 GB of 1 GB physical memory used. Killing container.',
    ),
    outcome: 'failed',
    reason: /exitCode: -104\nContainer \[pid=123/,
    hint: /raise spark\.driver\.memoryOverhead/,
  },
  {
    what: 'a container beyond its virtual memory',
    state: 'FAILED',
    diagnostics: attempt(-103, 'Container [pid=1] is running beyond virtual memory limits.'),
    outcome: 'failed',
    reason: /beyond virtual memory limits/,
    hint: /vmem-check-enabled/,
  },
  {
    what: 'a preempted container',
    state: 'FAILED',
    diagnostics: attempt(-102, 'Container preempted by scheduler'),
    outcome: 'failed',
    reason: /Container preempted by scheduler/,
    hint: /guaranteed capacity/,
  },
  {
    what: 'a lost node',
    state: 'FAILED',
    diagnostics: attempt(-100, 'Container released on a *lost* node'),
    outcome: 'failed',
    reason: /lost\* node/,
    hint: /try again/,
  },
  {
    what: 'broken disks',
    state: 'FAILED',
    diagnostics: attempt(-101, ''),
    outcome: 'failed',
    reason: /exitCode: -101/,
    hint: /disks/,
  },
  {
    what: 'files that a node can not fetch',
    state: 'FAILED',
    diagnostics: attempt(-1000, 'File file:/staging/x.jar does not exist'),
    outcome: 'failed',
    reason: /x\.jar does not exist/,
    hint: /spark\.yarn\.stagingDir/,
  },
  {
    what: 'SIGKILL',
    state: 'FAILED',
    diagnostics: attempt(137, 'Container killed on request. Exit code is 137'),
    outcome: 'failed',
    reason: /exitCode: 137/,
    hint: /SIGKILL/,
  },
  {
    what: 'SIGTERM',
    state: 'FAILED',
    diagnostics: attempt(143, 'Container exited with a non-zero exit code 143.'),
    outcome: 'failed',
    reason: /exitCode: 143/,
    hint: /SIGTERM/,
  },
  {
    what: 'a heap that is too small',
    state: 'FAILED',
    diagnostics: quoted('java.lang.OutOfMemoryError: Java heap space'),
    outcome: 'failed',
    reason: /^java\.lang\.OutOfMemoryError: Java heap space/,
    hint: /raise spark\.driver\.memory\./,
  },
  {
    what: 'a master that fell silent',
    state: 'FAILED',
    diagnostics:
      'Application application_1_0001 failed 1 times due to ApplicationMaster for attempt appattempt_1_0001_000001 timed out. Failing the application.',
    outcome: 'failed',
    reason: /timed out/,
    hint: /garbage collections/,
  },
  {
    what: 'an unknown queue',
    state: 'FAILED',
    diagnostics: 'Application application_1_0001 submitted by user root to unknown queue: nope',
    outcome: 'failed',
    reason: /unknown queue: nope/,
    hint: /leaf queue/,
  },
  {
    what: 'a full queue',
    state: 'FAILED',
    diagnostics:
      'org.apache.hadoop.security.AccessControlException: Queue root.small already has 10 applications, cannot accept submission of application: application_1_0001',
    outcome: 'failed',
    reason: /already has 10 applications/,
    hint: /queue is full/,
  },
  {
    what: 'a queue that is not the user’s',
    state: 'FAILED',
    diagnostics:
      'org.apache.hadoop.security.AccessControlException: User bob does not have permission to submit application_1_0001 to queue etl',
    outcome: 'failed',
    reason: /bob does not have permission/,
    hint: /right to submit/,
  },
  {
    what: 'a request beyond the maximum',
    state: 'FAILED',
    diagnostics:
      'Invalid resource request! Cannot allocate containers as requested resource is greater than maximum allowed allocation.',
    outcome: 'failed',
    reason: /Invalid resource request/,
    hint: /Ask for less/,
  },
  {
    what: 'a kill by somebody',
    state: 'KILLED',
    finalStatus: 'KILLED',
    diagnostics: 'Application application_1_0001 was killed by user admin at 10.0.0.7',
    outcome: 'killed',
    reason: /killed by user admin/,
    hint: /Somebody/,
  },
  {
    what: 'the end of the life that its queue allows',
    state: 'KILLED',
    finalStatus: 'KILLED',
    diagnostics: 'Application is killed by ResourceManager as it has exceeded the lifetime period.',
    outcome: 'killed',
    reason: /lifetime/,
    hint: /longer one/,
  },
  {
    what: 'a driver that ended with a failure of its own',
    state: 'FINISHED',
    finalStatus: 'FAILED',
    diagnostics: 'User class threw exception: java.net.UnknownHostException: zk1',
    outcome: 'failed',
    reason: /UnknownHostException: zk1/,
    hint: /must reach the gateway's ZooKeeper/,
  },
];

describe('an application that has ended', () => {
  it.each(ends)('by $what is told with reason and hint', (row) => {
    const { state, finalStatus = 'FAILED', diagnostics } = row;
    const view = viewOf(application({ state, finalStatus, diagnostics }), fleet);
    expect(view?.state).toEqual({ kind: 'ended', outcome: row.outcome });
    expect(view?.reason).toMatch(row.reason);
    expect(view?.hint).toMatch(row.hint);
    expect(view?.reason).not.toMatch(/tracking page|Failing th|\d\d:\d\d:\d\d\.\d/);
  });

  it('well has nothing to explain', () => {
    const view = viewOf(application({ state: 'FINISHED', finalStatus: 'SUCCEEDED' }), fleet);
    expect(view).toMatchObject({
      state: { kind: 'ended', outcome: 'succeeded' },
      platformState: 'FINISHED (SUCCEEDED)',
      reason: undefined,
      hint: undefined,
    });
  });

  it('for a reason that nobody knows has no hint', () => {
    const view = viewOf(application({ state: 'FAILED', diagnostics: 'the moon' }), fleet);
    expect(view).toMatchObject({ reason: 'the moon', hint: undefined });
  });
});

const waits = [
  {
    diagnostics:
      "[Sat Nov 21 17:04:15 +0000 2026] Application is added to the scheduler and is not yet activated. Queue's AM resource limit exceeded.  Details : AM Partition = <DEFAULT_PARTITION>; AM Resource Request = <memory:1024, vCores:1>",
    shown:
      "ACCEPTED in queue etl: Application is added to the scheduler and is not yet activated. Queue's AM resource limit exceeded",
    hint: /maximum-am-resource-percent/,
  },
  {
    diagnostics:
      '[Sat Nov 21 17:04:15 +0000 2026] Application is Activated, waiting for resources to be assigned for AM.  Details : AM Partition = <DEFAULT_PARTITION> ; Partition Resource = <memory:8192, vCores:8>',
    shown:
      'ACCEPTED in queue etl: Application is Activated, waiting for resources to be assigned for AM',
    hint: /no room/,
  },
  {
    diagnostics: 'AM container is launched, waiting for AM container to Register with RM',
    shown:
      'ACCEPTED in queue etl: AM container is launched, waiting for AM container to Register with RM',
    hint: undefined,
  },
  { diagnostics: '', shown: 'ACCEPTED in queue etl', hint: undefined },
];

describe('an application that waits', () => {
  it.each(waits)('says where and for what: $shown', ({ diagnostics, shown, hint }) => {
    const view = viewOf(application({ state: 'ACCEPTED', queue: 'etl', diagnostics }), fleet);
    expect(view).toMatchObject({ state: { kind: 'pending' }, platformState: shown });
    if (hint === undefined) expect(view?.hint).toBeUndefined();
    else expect(view?.hint).toMatch(hint);
  });
});

describe('applications of a list', () => {
  it('are taken for alive in a state that nobody knows', () => {
    expect(viewOf(application({ state: 'DREAMING' }), fleet)?.state).toEqual({ kind: 'running' });
  });

  it('of other fleets, and those without a launch, are none of ours', () => {
    const foreign = application({ applicationTags: `torii-launch-${tag},torii-fleet-other` });
    const other = application({ applicationTags: `kyuubi,${tag}` });
    expect(viewsOf([foreign, other, application({})], fleet)).toHaveLength(1);
  });

  it('count once for a launch: the one that is alive', () => {
    const ended = application({ id: 'application_1_0001', state: 'FAILED', startedTime: 1 });
    const alive = application({ id: 'application_1_0002', state: 'RUNNING', startedTime: 2 });
    const later = application({ id: 'application_1_0003', state: 'RUNNING', startedTime: 3 });
    expect(viewsOf([later, alive, ended], fleet).map(({ ref }) => ref)).toEqual([
      'application_1_0002',
    ]);
  });

  it('tell use, page, owner and age', () => {
    expect(viewOf(application({}), fleet)).toMatchObject({
      usage: { vcpuSeconds: 12, memoryMibSeconds: 12_766 },
      link: 'http://rm:8088/proxy/application_1_0001/',
      owner: { user: 'alice' },
      createdMs: 1_795_280_612_375,
    });
  });
});
