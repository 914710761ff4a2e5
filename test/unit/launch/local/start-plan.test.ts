import { describe, expect, it } from 'vitest';
import { startPlan, type PlanFacts } from '../../../../src/launch/local/start-plan.ts';

const ownMain = { resource: '/e.jar', mainClass: 'io.torii.engine.EngineMain' };
const java = { executable: 'java', version: '', major: 17, sparkOptions: [] };
const site = {
  sparkConfDir: '/conf',
  defaults: new Map<string, string>(),
  needsScripts: false,
  classPathFiles: new Map<string, string>(),
};

function planOf(conf: Record<string, string>, more: Partial<PlanFacts> = {}): string {
  return startPlan({
    conf: new Map(Object.entries(conf)),
    site,
    environment: { SPARK_HOME: '/s', PATH: '/bin' },
    main: ownMain,
    appUser: 'alice',
    osUser: 'root',
    java,
    ...more,
  });
}

describe('how a driver is started', () => {
  it.each([{}, { 'spark.master': 'local' }, { 'spark.master': 'local[*, 3]' }])(
    'directly where it runs here: %j',
    (conf) => {
      expect(planOf(conf)).toBe('direct');
    },
  );

  it.each([
    { 'spark.master': 'yarn' },
    { 'spark.master': 'spark://h:7077' },
    { 'spark.master': 'local-cluster[1,1,1]' },
    { 'spark.master': 'locale' },
  ])('by the scripts alone where it runs elsewhere: %j', (conf) => {
    expect(planOf(conf)).toBe('scripts');
  });

  it.each([
    { 'spark.jars': '/a.jar' },
    { 'spark.jars.packages': 'g:a:1' },
    { 'spark.files': '/a' },
    { 'spark.submit.pyFiles': '/a.py' },
    { 'spark.submit.deployMode': 'cluster' },
    { 'spark.kerberos.keytab': '/k' },
    { 'spark.driver.extraLibraryPath': '/l' },
    { 'spark.driver.extraJavaOptions': '-Xmx9g' },
  ])('by spark-submit where it has work to do: %j', (conf) => {
    expect(planOf(conf)).toBe('submit');
  });

  it("by the scripts where the site's surroundings need them", () => {
    expect(planOf({}, { site: { ...site, needsScripts: true } })).toBe('scripts');
    expect(planOf({}, { java: undefined })).toBe('scripts');
    expect(planOf({}, { environment: { SPARK_DIST_CLASSPATH: '/h/*' } })).toBe('scripts');
    expect(planOf({}, { main: { ...ownMain, resource: 'hdfs://e.jar' } })).toBe('scripts');
  });

  it("by spark-submit where the jar is Kyuubi's, or a cluster has to know who impersonates", () => {
    expect(planOf({}, { main: { ...ownMain, mainClass: 'org.apache.kyuubi.X' } })).toBe('submit');
    const hadoop = { ...site, classPathFiles: new Map([['core-site.xml', '/h/core-site.xml']]) };
    expect(planOf({}, { site: hadoop })).toBe('submit');
    expect(planOf({}, { site: hadoop, appUser: 'root' })).toBe('direct');
  });
});
