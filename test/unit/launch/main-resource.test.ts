import { expect, it } from 'vitest';
import { localPath, mainResourceOf } from '../../../src/launch/main-resource.ts';

const key = 'kyuubi.session.engine.spark.main.resource';
const choose = (wanted: string | undefined, exists: boolean): unknown =>
  mainResourceOf(
    wanted === undefined ? new Map() : new Map([[key, wanted]]),
    '/own.jar',
    () => exists,
  );

it('uses our jar unless the session names one that exists', () => {
  const own = { resource: '/own.jar', mainClass: 'io.torii.engine.EngineMain' };
  expect(choose(undefined, true)).toEqual(own);
  expect(choose('/gone.jar', false)).toEqual(own);
  expect(choose('/other.jar', true)).toEqual({ ...own, resource: '/other.jar' });
});

it("starts Kyuubi's class in Kyuubi's jar", () => {
  const jar = 'hdfs://nn/kyuubi-spark-sql-engine_2.12-1.12.0.jar';
  const mainClass = 'org.apache.kyuubi.engine.spark.SparkSQLEngine';
  expect(choose(jar, false)).toEqual({ resource: jar, mainClass });
});

it('knows files from other resources', () => {
  expect(localPath('file:///a%20b/c.jar')).toBe('/a b/c.jar');
  expect(localPath('file:/a.jar')).toBe('/a.jar');
  expect(localPath('s3a://b/c.jar')).toBeUndefined();
});
