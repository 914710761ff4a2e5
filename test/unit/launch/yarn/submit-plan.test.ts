import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../../../src/config/properties.ts';
import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import { submitPlan, type SubmitPlan } from '../../../../src/launch/yarn/submit-plan.ts';
import type { YarnSpec } from '../../../../src/preset/cluster-spec.ts';
import { fleet, tag } from './application.ts';
import { job, spec } from './yarn-job.ts';

interface Changes {
  readonly conf?: Readonly<Record<string, string>>;
  readonly job?: Partial<EngineJob>;
  readonly spec?: Partial<YarnSpec>;
  readonly siteDefaults?: Readonly<Record<string, string>>;
}

function planOf(changes: Changes = {}): SubmitPlan {
  return submitPlan({
    job: { ...job, conf: new Map(Object.entries(changes.conf ?? {})), ...changes.job },
    spec: { ...spec, ...changes.spec },
    sparkHome: '/spark',
    siteDefaults: new Map(Object.entries(changes.siteDefaults ?? {})),
    osUser: 'torii',
    propertiesPath: '/cache/spark.properties',
    secretsPath: '/cache/a b/torii-engine.secrets',
  });
}

const settingsOf = (plan: SubmitPlan): Record<string, string> =>
  Object.fromEntries(parseProperties(plan.propertiesText));

describe('a submission', () => {
  it('is one command, with all settings in its file', () => {
    const plan = planOf({ conf: { 'spark.x': '1' }, siteDefaults: { 'spark.y': '2' } });
    expect(plan.executable).toBe('/spark/bin/spark-submit');
    expect(plan.args).toEqual([
      ...['--class', 'io.torii.engine.EngineMain'],
      ...['--properties-file', '/cache/spark.properties'],
      ...['--proxy-user', 'alice'],
      '/opt/torii/engine.jar',
    ]);
    expect(settingsOf(plan)).toEqual({
      'spark.x': '1',
      'spark.y': '2',
      'spark.app.name': 'kyuubi_USER_alice',
      'spark.master': 'yarn',
      'spark.submit.deployMode': 'cluster',
      'spark.yarn.queue': 'default',
      'spark.yarn.tags': `KYUUBI,${tag},torii-launch-${tag},torii-fleet-${fleet},torii-user-alice,torii-session-s-1`,
      'spark.yarn.submit.waitAppCompletion': 'false',
      'spark.yarn.maxAppAttempts': '1',
      'spark.torii.engine.secrets.file': 'torii-engine.secrets',
      'spark.yarn.dist.files': 'file:///cache/a%20b/torii-engine.secrets',
    });
  });

  it('keeps what only the engine may know in the file that goes to the driver', () => {
    const digest = 'spark.kyuubi.ha.zookeeper.auth.digest';
    const plan = planOf({ conf: { [digest]: 'user:hush', 'spark.my.password': 'psst' } });
    expect(Object.fromEntries(parseProperties(plan.secretsText))).toEqual({
      [digest]: 'user:hush',
      'spark.torii.engine.key': 'the-engines-own-key',
    });
    expect(settingsOf(plan)).toMatchObject({ 'spark.my.password': 'psst' });
    const elsewhere = plan.propertiesText + plan.args.join(' ');
    expect(elsewhere).not.toMatch(/hush|the-engines-own-key/);
    expect(plan.args.join(' ')).not.toContain('psst');
  });

  it('lets no executor look for the driver on the host of the gateway', () => {
    const hosts = { 'spark.driver.host': '127.0.0.1', 'spark.driver.bindAddress': '127.0.0.1' };
    const plan = planOf({ conf: hosts });
    for (const key of Object.keys(hosts)) {
      expect(settingsOf(plan)).not.toHaveProperty([key]);
      expect(plan.notes).toContain(`${key} is ignored: YARN decides on which host the driver runs`);
    }
    const anywhere = planOf({ conf: { 'spark.driver.bindAddress': '0.0.0.0' } });
    expect(settingsOf(anywhere)).toHaveProperty(['spark.driver.bindAddress'], '0.0.0.0');
    expect(anywhere.notes).toEqual([]);
  });

  it('decides what a session or the site must not', () => {
    const plan = planOf({
      conf: {
        'spark.master': 'local[1]',
        'spark.submit.deployMode': 'client',
        'spark.yarn.maxAppAttempts': '5',
        'spark.torii.engine.key': 'mine',
        'spark.torii.engine.secrets.file': '/etc/passwd',
      },
      siteDefaults: { 'spark.yarn.submit.waitAppCompletion': 'true' },
    });
    expect(settingsOf(plan)).toMatchObject({
      'spark.master': 'yarn',
      'spark.submit.deployMode': 'cluster',
      'spark.yarn.maxAppAttempts': '1',
      'spark.yarn.submit.waitAppCompletion': 'false',
      'spark.torii.engine.secrets.file': 'torii-engine.secrets',
    });
    expect(plan.propertiesText + plan.secretsText).not.toContain('mine');
  });

  it('adds to the files and tags that are there, and says which tags found no room', () => {
    const plan = planOf({
      conf: { 'spark.yarn.dist.files': '/a, hdfs:///b', 'spark.yarn.tags': `nightly,${tag},ü` },
    });
    const settings = settingsOf(plan);
    expect(settings['spark.yarn.dist.files']).toBe(
      '/a,hdfs:///b,file:///cache/a%20b/torii-engine.secrets',
    );
    expect(settings['spark.yarn.tags']).toMatch(/torii-session-s-1,nightly$/);
    expect(plan.notes).toEqual([
      "YARN takes no more than 10 short tags, and torii- begins the gateway's own; left out: ü",
    ]);
  });

  it("gives its environment to the driver's container, past the command line", () => {
    const plan = planOf({ job: { environment: new Map([['AWS_REGION', 'eu-central-1']]) } });
    expect(settingsOf(plan)['spark.yarn.appMasterEnv.AWS_REGION']).toBe('eu-central-1');
    expect(plan.args.join(' ')).not.toContain('AWS_REGION');
  });

  it.each([
    [{}, 'default'],
    [{ spec: { queues: ['etl', 'bi'] } }, 'etl'],
    [{ spec: { queues: ['etl', 'default'] } }, 'default'],
    [{ spec: { queues: ['etl'] }, conf: { 'spark.yarn.queue': 'bi' } }, 'bi'],
    [{ siteDefaults: { 'spark.yarn.queue': 'site' } }, 'site'],
  ])('with %j goes to queue %s', (changes, queue) => {
    expect(planOf(changes).queue).toBe(queue);
  });
});

describe('whom an engine runs as', () => {
  const kerberos = { principal: 'alice@REALM', keytab: '/etc/alice.keytab' };

  it('is whom a keytab names, whose engine then renews its tokens itself', () => {
    const plan = planOf({ spec: { ...kerberos, proxyUserMaxLifeMs: 1000 } });
    expect(plan.proxyUser).toBeUndefined();
    expect(plan.args).not.toContain('--proxy-user');
    expect(settingsOf(plan)).toMatchObject({
      'spark.kerberos.principal': 'alice@REALM',
      'spark.kerberos.keytab': '/etc/alice.keytab',
    });
    expect(plan.propertiesText).not.toContain('max.lifetime');
  });

  it('is somebody that the keytab’s owner acts for: Spark takes one of both', () => {
    const plan = planOf({ spec: { ...kerberos, principal: 'torii/gw@REALM' } });
    expect(plan.proxyUser).toBe('alice');
    expect(plan.propertiesText).not.toContain('kerberos');
  });

  it('is a proxy user although a preset names a keytab by its older name, which Spark would refuse beside', () => {
    const conf = { 'spark.yarn.principal': 'etl@REALM', 'spark.yarn.keytab': '/etc/etl.keytab' };
    const plan = planOf({ conf });
    expect(plan.proxyUser).toBe('alice');
    expect(plan.propertiesText).not.toMatch(/principal|keytab/);
  });

  it('is the gateway itself, where it acts for nobody', () => {
    expect(planOf({ conf: { 'spark.kyuubi.engine.doAs.enabled': 'false' } }).proxyUser).toBe(
      undefined,
    );
    expect(planOf({ job: { appUser: 'torii' } }).proxyUser).toBeUndefined();
  });

  const life = 'spark.kyuubi.session.engine.spark.max.lifetime';
  it.each([
    [undefined, '3600000'],
    ['0', '3600000'],
    ['PT2H', '3600000'],
    ['for ever', '3600000'],
    ['PT30M', 'PT30M'],
  ])('limits the life of a proxy user’s engine: asked %s, gets %s', (asked, expected) => {
    const plan = planOf({
      spec: { proxyUserMaxLifeMs: 3_600_000 },
      conf: asked === undefined ? {} : { [life]: asked },
    });
    expect(settingsOf(plan)[life]).toBe(expected);
  });
});
