import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EMRContainersClient, StartJobRunCommand } from '@aws-sdk/client-emr-containers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsSdkJars } from '../../../scripts/test-clients.mjs';
import { systemClock } from '../../../src/core/clock.ts';
import type { EngineNode } from '../../../src/discovery/discovery.ts';
import { enginesOf } from '../../../src/discovery/engine-node.ts';
import { ZooKeeperSession } from '../../../src/discovery/zookeeper/zookeeper-session.ts';
import { mintToken } from '../../../src/engine/engine-token.ts';
import { EngineSecrets } from '../../../src/launch/aws/engine-secrets.ts';
import { planSecretBundle, readerPolicy } from '../../../src/launch/aws/secret-bundle.ts';
import type { EngineJob } from '../../../src/launch/job-platform.ts';
import { RateBuckets } from '../../../src/launch/rate-bucket.ts';
import { secretSettings } from '../../../src/launch/setting-places.ts';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { IssuedCredentials } from '../../support/aws/credentials.ts';
import { freePort } from '../../support/free-port.ts';
import { connectHs2, type Hs2Session } from '../../support/hs2-client.ts';
import { runProcess, stopAllProcesses } from '../../support/processes.ts';
import { newSecret } from '../../support/secrets.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const never = new AbortController().signal;
const space = '/engines/alice';
const tag = '7f3f2c1e-1111-4222-8333-444455556666';
const password = newSecret();
const jar = process.env['TORII_ENGINE_JAR'] ?? '';

let aws: AwsStandIn;
let sdkJars: readonly string[];
let zooKeeper: ZooKeeperServer;
let control: ZooKeeperSession;
let store: EngineSecrets;

beforeAll(async () => {
  sdkJars = await awsSdkJars();
  [aws, zooKeeper] = await Promise.all([
    AwsStandIn.start({ runs: true, sdkJars }),
    ZooKeeperServer.start(),
  ]);
  aws.s3.put('s3://jars/torii-spark-engine.jar', readFileSync(jar));
  process.env['AWS_ACCESS_KEY_ID'] = aws.keys.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = aws.keys.secretAccessKey;
  store = new EngineSecrets({
    ...{ region: aws.region, endpoint: aws.endpoint, kmsKey: undefined },
    ...{ buckets: new RateBuckets(systemClock), policy: readerPolicy, clock: systemClock },
    cluster: 'eks',
  });
  control = new ZooKeeperSession({
    ...{ addresses: zooKeeper.addresses, sessionTimeoutMs: 6000, connectionTimeoutMs: 10_000 },
    ...{ auth: { type: 'none' }, tls: undefined, clock: systemClock, log: silentLog },
  });
  await control.start(never);
});
afterAll(async () => {
  store?.destroy();
  await control?.stop();
  await aws?.stop();
  await zooKeeper?.stop();
  await stopAllProcesses();
  delete process.env['AWS_ACCESS_KEY_ID'];
  delete process.env['AWS_SECRET_ACCESS_KEY'];
});

function engineJob(): EngineJob {
  return {
    ...{ tag, fleet: '0123456789ab', appUser: 'alice', appName: 'engine of alice' },
    conf: new Map([
      ['spark.driver.memory', '640m'],
      ['spark.driver.extraJavaOptions', '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'],
      ['spark.kyuubi.ha.addresses', zooKeeper.addresses],
      ['spark.kyuubi.ha.namespace', space],
      ['spark.kyuubi.ha.engine.ref.id', tag],
      ['spark.kyuubi.engine.share.level', 'USER'],
      ['spark.hadoop.my.password', password],
    ]),
    isSecret: secretSettings(/$^/),
    environment: new Map(),
    main: {
      resource: 's3://jars/torii-spark-engine.jar',
      mainClass: 'io.torii.engine.EngineMain',
    },
    engineKey: newSecret(),
    owner: { user: 'alice', group: 'alice', session: 's-1', preset: undefined },
    sidecars: [],
  };
}

/** Submits the job as it is to EMR on EKS, with what may be shown of it. */
async function submit(job: EngineJob, settings: ReadonlyMap<string, string>): Promise<string> {
  const emr = new EMRContainersClient(aws.clientOptions());
  const { id = '' } = await emr.send(
    new StartJobRunCommand({
      ...{ virtualClusterId: aws.containers.addVirtualCluster().id, clientToken: job.tag },
      ...{ executionRoleArn: aws.role, releaseLabel: 'emr-7.10.0-latest' },
      jobDriver: {
        sparkSubmitJobDriver: {
          entryPoint: job.main.resource,
          sparkSubmitParameters: `--class ${job.main.mainClass}`,
        },
      },
      configurationOverrides: {
        applicationConfiguration: [
          { classification: 'spark-defaults', properties: Object.fromEntries(settings) },
        ],
      },
    }),
  );
  emr.destroy();
  return id;
}

async function leftSecrets(fleet: string): Promise<{ readonly name: string }[]> {
  const found: { readonly name: string }[] = [];
  for await (const secret of store.left(fleet, never)) found.push(secret);
  return found;
}

describe('an engine whose secrets are in Secrets Manager', () => {
  let job: EngineJob;
  let node: EngineNode;
  let session: Hs2Session;
  let sent: ReadonlyMap<string, string>;

  beforeAll(async () => {
    job = engineJob();
    const { secret, settings } = planSecretBundle(job, aws);
    sent = settings;
    await store.make(job, [secret], aws.role, never);
    const id = await submit(job, settings);
    node = await vi.waitFor(
      async () => {
        const { hasEnded } = aws.job(id).life;
        if (hasEnded) throw new Error(aws.job(id).process.log.text('stderr').slice(-3000));
        const [found] = enginesOf(await control.retry((zk) => zk.children(space)).catch(() => []));
        if (found === undefined) throw new Error('no engine is registered');
        return found;
      },
      { timeout: 120_000, interval: 200 },
    );
    const token = mintToken(job.engineKey, { keyLengthBits: 128, lifetimeMs: 60_000 }, Date.now());
    const client = await connectHs2({ ...node, user: 'alice', password: token });
    session = await client.openSession();
  });

  it('comes up with its own key, which opens it, and nothing else does', async () => {
    expect(node.refId).toBe(tag);
    expect((await session.run('select 40 + 2')).rows).toEqual([[42]]);
    await expect(connectHs2({ ...node, user: 'alice', password: 'guess' })).rejects.toThrow(
      /access token/,
    );
  });

  it('reads them once, as its role', () => {
    const reads = aws.faults.calls.filter(({ operation }) => operation === 'GetSecretValue');
    expect(reads).toMatchObject([
      { status: 200, input: { SecretId: `torii/${job.fleet}/${tag}` } },
    ]);
    expect(reads[0]?.caller).not.toBe(aws.keys.accessKeyId);
  });

  it('shows neither them nor where they are to who has a session', async () => {
    const property = (name: string): string =>
      `java_method('java.lang.System', 'getProperty', '${name}')`;
    const manager = 'spark.torii.engine.secrets.manager';
    const hidden = ['spark.torii.engine.key', manager, `${manager}.region`, `${manager}.endpoint`];
    const seen = [
      JSON.stringify((await session.run('set')).rows),
      JSON.stringify((await session.run('set -v')).rows),
    ].join('\n');
    expect(seen).toContain('spark.kyuubi.ha.addresses');
    for (const text of [job.engineKey, password, manager]) expect(seen.includes(text)).toBe(false);
    const { rows } = await session.run(`select ${hidden.map(property).join(', ')}`);
    expect(rows).toEqual([hidden.map(() => 'null')]);
  });

  it('has Spark know the settings that the cluster was not shown', async () => {
    expect([...sent.values()].join('\n').includes(password)).toBe(false);
    // Only Spark itself sees the value: a session is told that there is one.
    const { rows } = await session.run('set spark.hadoop.my.password');
    expect(rows).toEqual([['spark.hadoop.my.password', '*********(redacted)']]);
  });

  it('leaves a secret that a gateway finds by its launch, and removes', async () => {
    const left = await leftSecrets(job.fleet);
    expect(left).toMatchObject([{ name: `torii/${job.fleet}/${tag}`, tag }]);
    for (const { name } of left) await store.remove(name, never);
    expect(await leftSecrets(job.fleet)).toEqual([]);
  });
});

describe('an engine that can’t read its secret', () => {
  const text = `spark.torii.engine.key=${newSecret()}\n`;
  const name = 'torii/0123456789ab/other';
  let said: readonly string[];
  let output: string;

  beforeAll(async () => {
    await store.make(engineJob(), [{ name, value: text }], aws.role, never);
    const role = (which: string): IssuedCredentials =>
      aws.credentials.issue(`arn:aws:sts::${aws.accountId}:assumed-role/${which}/driver`, 60_000);
    const [own, other, expired] = [role('engine'), role('other'), role('engine')];
    aws.credentials.expire(expired.accessKeyId);
    const closed = `http://127.0.0.1:${await freePort()}`;
    const isOf =
      (secret: string) => (call: { readonly input: Readonly<Record<string, unknown>> }) =>
        call.input['SecretId'] === secret;
    aws.faults.add(isOf(`${name}?busy`), { kind: 'throttle' });
    aws.faults.add(isOf(`${name}?broken`), {
      kind: 'error',
      code: 'InternalServiceError',
      status: 500,
    });
    aws.faults.add(isOf(`${name}?cut`), { kind: 'cut' });
    const encrypted = { kind: 'error', code: 'DecryptionFailure' } as const;
    aws.faults.add(isOf(`${name}?encrypted`), encrypted);
    const cases: readonly (readonly [string, string, IssuedCredentials | undefined])[] = [
      [name, aws.endpoint, own],
      ['torii/0123456789ab/none', aws.endpoint, aws.keys],
      [name, aws.endpoint, other],
      [name, aws.endpoint, expired],
      [name, aws.endpoint, undefined],
      [name, closed, own],
      [`${name}?busy`, aws.endpoint, own],
      [`${name}?broken`, aws.endpoint, own],
      [`${name}?cut`, aws.endpoint, own],
      [`${name}?encrypted`, aws.endpoint, own],
    ];
    const result = await probe(cases);
    said = result.stdout.trim().split('\n');
    output = result.stdout + result.stderr;
  });

  it.each<[number, string, RegExp]>([
    [0, 'which it can', new RegExp(`^${text.length} characters$`)],
    [
      1,
      'that is not there',
      /^the secret torii\/\S+ of .* in eu-west-1 .*it is not there.*ResourceNotFound/,
    ],
    [2, 'that is not its role’s', /secretsmanager:GetSecretValue on it.*not authorized/],
    [3, 'since its credentials have expired', /credentials.*expired/],
    [
      4,
      'since its role may not be taken on',
      /finds no credentials that count \(Not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: [^()]*other\);/,
    ],
    [5, 'since nothing listens', /gave no answer in \d+ ms.*(?:refused|Connect)/],
    [6, 'since the service is busy', /had no time for it.*(?:Throttling|Rate)/],
    [7, 'since the service is broken', /had no time for it.*InternalServiceError/],
    [8, 'since the connection is cut', /gave no answer/],
    [9, 'since its key may not be used', /kms:Decrypt/],
  ])('says so: case %i, %s', (index, _, expected) => {
    expect(said[index]).toMatch(expected);
  });

  it('says nothing of what stands in a secret', () => {
    expect(said).toHaveLength(10);
    expect(output.includes(text.trim())).toBe(false);
  });
});

async function probe(cases: readonly (readonly [string, string, IssuedCredentials | undefined])[]) {
  const source = new URL(
    '../../../spark-engine/src/test/java/io/torii/engine/conf/ManagedSecretProbe.java',
    import.meta.url,
  );
  const home = sparkHome();
  const [classes, file] = [join(aws.dir, 'classes'), join(aws.dir, 'cases')];
  mkdirSync(classes);
  const identity = join(aws.dir, 'identity');
  writeFileSync(identity, 'a.web.identity');
  const lines = cases.map(([secret, endpoint, keys]) =>
    [...[secret, endpoint, keys?.accessKeyId, keys?.secretAccessKey, keys?.sessionToken]].join(
      '\t',
    ),
  );
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  const path = [classes, jar, join(home, 'jars', '*'), ...sdkJars].join(':');
  const compiler = ['--release', '8', '-nowarn', '-cp', jar, '-d', classes, fileURLToPath(source)];
  await promisify(execFile)('javac', compiler);
  return runProcess(
    'java',
    ['-XX:TieredStopAtLevel=1', '-cp', path, 'io.torii.engine.conf.ManagedSecretProbe', file],
    {
      env: {
        ...sparkEnvironment(home),
        // As a pod has them whose service account stands for a role: here for one that does not trust it.
        AWS_ROLE_ARN: `arn:aws:iam::${aws.accountId}:role/other`,
        AWS_WEB_IDENTITY_TOKEN_FILE: identity,
        AWS_REGION: aws.region,
        AWS_ENDPOINT_URL_STS: aws.endpoint,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
}
