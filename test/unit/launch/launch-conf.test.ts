import { describe, expect, it } from 'vitest';
import { launchConf, type LaunchFacts } from '../../../src/launch/launch-conf.ts';

const tag = '0b1e6a52-0000-4000-8000-0000000000c9';

function confOf(
  settings: Record<string, string>,
  more: Partial<LaunchFacts> = {},
): Record<string, string> {
  const facts: LaunchFacts = {
    tag,
    appName: 'kyuubi_USER_SPARK_SQL_alice_default_x',
    settings: new Map(Object.entries(settings)),
    siteDefaults: new Map(),
    logPath: '/srv/alice/log.0',
    submitTimeMs: 1_750_000_000_000,
    ...more,
  };
  return Object.fromEntries(launchConf(facts));
}

const managerInfo = (resourceManager: string | null): string =>
  Buffer.from(
    JSON.stringify({ resourceManager, kubernetesInfo: { context: null, namespace: null } }),
  ).toString('base64');

const always = {
  'spark.app.name': 'kyuubi_USER_SPARK_SQL_alice_default_x',
  'spark.kyuubi.ha.engine.ref.id': tag,
  'spark.kyuubi.engine.submit.time': '1750000000000',
  'spark.kyuubi.engine.engineLog.path': '/srv/alice/log.0',
};

describe('what the server adds to a launch', () => {
  it('tags a local engine for every cluster', () => {
    expect(confOf({})).toEqual({
      ...always,
      'spark.kyuubi.engine.appMgrInfo': managerInfo(null),
      'spark.yarn.tags': `KYUUBI,${tag}`,
      'spark.kubernetes.driver.label.kyuubi-unique-tag': tag,
    });
  });

  it('lets YARN try once and adds to the tags that are there', () => {
    expect(
      confOf({
        'spark.master': 'yarn',
        'spark.submit.deployMode': 'cluster',
        'spark.yarn.tags': 'a,b',
        'kyuubi.session.engine.startup.waitCompletion': 'false',
      }),
    ).toEqual({
      ...always,
      'spark.master': 'yarn',
      'spark.submit.deployMode': 'cluster',
      'spark.kyuubi.session.engine.startup.waitCompletion': 'false',
      'spark.kyuubi.engine.appMgrInfo': managerInfo('yarn'),
      'spark.yarn.tags': `a,b,KYUUBI,${tag}`,
      'spark.yarn.maxAppAttempts': '1',
      'spark.yarn.submit.waitAppCompletion': 'false',
    });
  });

  it("finds a pod's own cluster where no master is named", () => {
    expect(confOf({}, { kubernetesApi: 'https://10.0.0.1:443' })).toEqual({
      ...always,
      'spark.master': 'k8s://https://10.0.0.1:443',
      'spark.kyuubi.engine.appMgrInfo': managerInfo('k8s://https://10.0.0.1:443'),
      'spark.kubernetes.driver.label.kyuubi-unique-tag': tag,
      'spark.kubernetes.submission.waitAppCompletion': 'true',
    });
  });

  it('leaves alone what the user or the site has set', () => {
    const siteDefaults = new Map([
      ['spark.master', 'yarn'],
      ['spark.yarn.maxAppAttempts', '3'],
      ['spark.yarn.tags', 'site'],
    ]);
    const conf = confOf({ 'spark.app.name': 'mine' }, { siteDefaults, kubernetesApi: 'https://k' });
    expect(conf).toMatchObject({
      'spark.app.name': 'mine',
      'spark.yarn.tags': `site,KYUUBI,${tag}`,
    });
    expect(conf).not.toHaveProperty('spark.master');
    expect(conf).not.toHaveProperty('spark.yarn.maxAppAttempts');
  });

  it("does not let a client name another launch's tag", () => {
    const conf = confOf({ 'spark.kyuubi.ha.engine.ref.id': 'x', 'kyuubi.ha.engine.ref.id': 'y' });
    expect(conf['spark.kyuubi.ha.engine.ref.id']).toBe(tag);
  });
});
