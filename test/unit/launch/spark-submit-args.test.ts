import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../../src/config/properties.ts';
import { sparkSubmitCommand, type SubmitFacts } from '../../../src/launch/spark-submit-args.ts';
import { secretSettings } from '../../../src/launch/setting-places.ts';
import { newSecret } from '../../support/secrets.ts';

const oldPassword = newSecret();

const facts = (conf: Record<string, string>, more: Partial<SubmitFacts> = {}): SubmitFacts => ({
  sparkHome: '/opt/spark',
  main: { resource: '/opt/torii/engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  conf: new Map(Object.entries(conf)),
  siteDefaults: new Map(),
  appUser: 'alice',
  osUser: 'kyuubi',
  engineKey: 'the-key',
  propertiesPath: '/run/t.properties',
  isSecret: secretSettings(/secret|password/i),
  ...more,
});

describe("spark-submit's argument vector", () => {
  it('is the contract’s, item by item', () => {
    expect(
      sparkSubmitCommand(facts({ 'spark.master': 'yarn', 'spark.app.name': 'an "odd" $name' })),
    ).toEqual({
      executable: '/opt/spark/bin/spark-submit',
      args: [
        '--class',
        'io.torii.engine.EngineMain',
        '--properties-file',
        '/run/t.properties',
        '--conf',
        'spark.master=yarn',
        '--conf',
        'spark.app.name=an "odd" $name',
        '--proxy-user',
        'alice',
        '/opt/torii/engine.jar',
      ],
      propertiesFile: 'spark.torii.engine.key=the-key\n',
    });
  });

  it('names the user of pods on Kubernetes, whoever runs the driver', () => {
    const conf = { 'spark.master': 'k8s://https://k', 'spark.kyuubi.engine.doAs.enabled': 'false' };
    expect(sparkSubmitCommand(facts(conf)).args).toEqual([
      '--class',
      'io.torii.engine.EngineMain',
      '--properties-file',
      '/run/t.properties',
      '--conf',
      'spark.master=k8s://https://k',
      '--conf',
      'spark.kyuubi.engine.doAs.enabled=false',
      '--conf',
      'spark.kubernetes.driverEnv.SPARK_USER_NAME=kyuubi',
      '--conf',
      'spark.executorEnv.SPARK_USER_NAME=kyuubi',
      '/opt/torii/engine.jar',
    ]);
  });

  it('impersonates nobody who is the gateway itself or has a keytab', () => {
    const keytab = {
      'spark.kerberos.principal': 'alice/h@REALM',
      'spark.kerberos.keytab': '/k',
    };
    expect(sparkSubmitCommand(facts({}, { osUser: 'alice' })).args).not.toContain('--proxy-user');
    expect(sparkSubmitCommand(facts(keytab)).args).not.toContain('--proxy-user');
    expect(sparkSubmitCommand(facts(keytab, { appUser: 'bob' })).args).toContain('--proxy-user');
  });

  it('puts secrets into the file only, after what the site says', () => {
    const siteDefaults = new Map([
      ['spark.executor.memory', '3g'],
      ['spark.my.password', oldPassword],
    ]);
    const conf = {
      'spark.my.password': ' lead\\and\nné😀',
      'spark.hadoop.fs.s3a.access.key': 'AKIA',
      'spark.kyuubi.ha.zookeeper.auth.digest': 'u:p',
      'spark.kyuubi.engine.credentials': 'abc=',
      'spark.plain': 'x',
    };
    const command = sparkSubmitCommand(facts(conf, { siteDefaults }));
    expect(command.args.filter((_, at, all) => all[at - 1] === '--conf')).toEqual([
      'spark.plain=x',
    ]);
    expect(command.propertiesFile).toBe(
      [
        'spark.executor.memory=3g',
        'spark.my.password=\\ lead\\\\and\\nn\\u00e9\\ud83d\\ude00',
        'spark.hadoop.fs.s3a.access.key=AKIA',
        'spark.kyuubi.ha.zookeeper.auth.digest=u:p',
        'spark.kyuubi.engine.credentials=abc=',
        'spark.torii.engine.key=the-key',
        '',
      ].join('\n'),
    );
  });

  it('puts into the file what an argument can not carry', () => {
    const conf = { 'spark.lines': 'a\r\nb', 'spark.long': 'x'.repeat(200_000) };
    const command = sparkSubmitCommand(facts(conf));
    expect(command.args).not.toContain('--conf');
    const read = parseProperties(command.propertiesFile);
    expect(read.get('spark.lines')).toBe('a\r\nb');
    expect(read.get('spark.long')).toHaveLength(200_000);
  });

  it('lets nothing end up in a key that a file would read otherwise', () => {
    const odd = 'spark.password:a #!b\\c';
    const read = parseProperties(sparkSubmitCommand(facts({ [odd]: ': x' })).propertiesFile);
    expect(read.get(odd)).toBe(': x');
  });

  it.each(['', 'a\nb', 'a\0'])('refuses a user named %j', (appUser) => {
    expect(() => sparkSubmitCommand(facts({}, { appUser }))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
