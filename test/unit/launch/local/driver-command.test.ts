import { describe, expect, it } from 'vitest';
import { secretSettings } from '../../../../src/launch/setting-places.ts';
import {
  archivableSubmitCommand,
  directCommand,
  directEnvironment,
  type DriverFacts,
} from '../../../../src/launch/local/driver-command.ts';

const late = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
];

const facts = (conf: Record<string, string>, more: Partial<DriverFacts> = {}): DriverFacts => ({
  sparkHome: '/opt/spark',
  main: { resource: '/opt/torii/engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  conf: new Map(Object.entries(conf)),
  siteDefaults: new Map(),
  appUser: 'alice',
  osUser: 'kyuubi',
  engineKey: 'the-key',
  propertiesPath: '/run/t.properties',
  isSecret: secretSettings(/secret/i),
  java: {
    executable: '/java/bin/java',
    version: 'openjdk version "17.0.15"\nOpenJDK 64-Bit Server VM',
    major: 17,
    sparkOptions: ['--add-opens=a=b'],
  },
  siteJar: undefined,
  emptyConfDir: '/cache/no-conf',
  archive: undefined,
  ...more,
});

describe('a driver started by java', () => {
  it('has the command that spark-submit would have come to', () => {
    const conf = { 'spark.app.name': 'n', 'spark.driver.memory': '2g', 'spark.my.secret': 's' };
    expect(directCommand(facts(conf))).toEqual({
      executable: '/java/bin/java',
      args: [
        '-cp',
        '/opt/torii/engine.jar:/cache/no-conf/:/opt/spark/jars/*',
        '-Xmx2g',
        ...late,
        '--add-opens=a=b',
        'io.torii.engine.EngineMain',
        '--properties-file',
        '/run/t.properties',
        '--conf',
        'spark.app.name=n',
        '--conf',
        'spark.driver.memory=2g',
        '--conf',
        'spark.master=local[*]',
        '--conf',
        'spark.submit.deployMode=client',
      ],
      propertiesFile: 'spark.my.secret=s\nspark.torii.engine.key=the-key\n',
    });
  });

  it("has the site's jar before what the user adds, and the archive", () => {
    const conf = {
      'spark.master': 'local[2]',
      'spark.driver.extraClassPath': '/a.jar:/b.jar',
      'spark.driver.extraJavaOptions': '-Da="x y" -Db=1',
    };
    const siteDefaults = new Map([['spark.driver.defaultJavaOptions', '-Dc=2']]);
    const more = { siteDefaults, siteJar: '/cache/site/1.jar', archive: '/cache/cds/1.jsa' };
    expect(directCommand(facts(conf, more)).args.slice(0, 11)).toEqual([
      '-cp',
      '/opt/torii/engine.jar:/cache/site/1.jar:/a.jar:/b.jar:/cache/no-conf/:/opt/spark/jars/*',
      '-Xmx1g',
      '-XX:SharedArchiveFile=/cache/cds/1.jsa',
      '-Xshare:auto',
      ...late,
      '-Dc=2',
      '-Da=x y',
      '-Db=1',
    ]);
  });

  it('runs as its user', () => {
    expect(directEnvironment(facts({}))).toEqual({
      HADOOP_USER_NAME: 'alice',
      SPARK_USER: 'alice',
      PYTHONHASHSEED: '0',
    });
    const own = facts({ 'spark.kyuubi.engine.doAs.enabled': 'false' });
    expect(directEnvironment(own)).toMatchObject({ HADOOP_USER_NAME: 'kyuubi' });
  });

  it('leaves alone who has an archive or compiler settings of his own', () => {
    const conf = { 'spark.driver.extraJavaOptions': '-Xshare:off -XX:TieredStopAtLevel=1' };
    const { args } = directCommand(facts(conf, { archive: '/cache/cds/1.jsa' }));
    expect(args.slice(2, 6)).toEqual(['-Xmx1g', '-Xshare:off', '-XX:TieredStopAtLevel=1', '--add-opens=a=b']); // prettier-ignore
  });

  it('gives a Java that is not HotSpot nothing that only HotSpot knows', () => {
    const java = { ...facts({}).java, version: 'openjdk version "17.0.1"\nEclipse OpenJ9 VM' };
    expect(directCommand(facts({}, { java })).args.slice(2, 4)).toEqual(['-Xmx1g', '--add-opens=a=b']); // prettier-ignore
  });
});

describe('a driver started by spark-submit with an archive', () => {
  it('adds to what the user has set', () => {
    const conf = {
      'spark.driver.extraJavaOptions': '-Da=1',
      'spark.driver.extraClassPath': '/a.jar',
    };
    const more = { archive: '/my cache/1.jsa', siteJar: '/s.jar' };
    expect(archivableSubmitCommand(facts(conf, more))).toEqual({
      executable: '/opt/spark/bin/spark-submit',
      args: [
        '--class',
        'io.torii.engine.EngineMain',
        '--properties-file',
        '/run/t.properties',
        '--conf',
        `spark.driver.extraJavaOptions="-XX:SharedArchiveFile=/my cache/1.jsa" -Xshare:auto ${late.join(' ')} -Da=1`,
        '--conf',
        'spark.driver.extraClassPath=/opt/torii/engine.jar:/s.jar:/a.jar',
        '--proxy-user',
        'alice',
        '/opt/torii/engine.jar',
      ],
      propertiesFile: 'spark.torii.engine.key=the-key\n',
    });
  });
});
