import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSite } from '../../../../src/launch/site.ts';
import { siteJar } from '../../../../src/launch/local/site-jar.ts';

const jarTool = join(process.env['JAVA_HOME'] ?? '/usr', 'bin', 'jar');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'torii-site-'));
  await mkdir(join(dir, 'conf'));
  await mkdir(join(dir, 'hadoop'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = (): ReturnType<typeof readSite> =>
  readSite({ SPARK_HOME: '/none', SPARK_CONF_DIR: join(dir, 'conf'), HADOOP_CONF_DIR: join(dir, 'hadoop') }); // prettier-ignore

it("reads the site's defaults and finds what belongs on the class path", async () => {
  await writeFile(join(dir, 'conf', 'spark-defaults.conf'), 'spark.a  1\nother 2\n');
  await writeFile(join(dir, 'conf', 'spark-env.sh.template'), '');
  await writeFile(join(dir, 'conf', 'hive-site.xml'), '<spark/>');
  await writeFile(join(dir, 'hadoop', 'hive-site.xml'), '<hadoop/>');
  await writeFile(join(dir, 'hadoop', 'core-site.xml'), '<core/>');
  const site = await read();
  expect([...site.defaults]).toEqual([['spark.a', '1']]);
  expect(site.needsScripts).toBe(false);
  expect([...site.classPathFiles]).toEqual([
    ['hive-site.xml', join(dir, 'conf', 'hive-site.xml')],
    ['core-site.xml', join(dir, 'hadoop', 'core-site.xml')],
  ]);
});

it('sees what only the scripts understand', async () => {
  await writeFile(join(dir, 'conf', 'spark-env.sh'), 'X=1');
  expect(await read()).toMatchObject({ needsScripts: true, classPathFiles: new Map() });
});

it('makes a jar that Java reads, named after its content', async () => {
  expect(await siteJar(await read(), join(dir, 'cache'))).toBeUndefined();
  await writeFile(join(dir, 'conf', 'hive-site.xml'), '<a>é</a>');
  await writeFile(join(dir, 'conf', 'log4j2.properties'), 'rootLogger.level=warn');
  const path = await siteJar(await read(), join(dir, 'cache'));
  const again = await siteJar(await read(), join(dir, 'cache'));
  expect(again).toBe(path);
  execFileSync(jarTool, ['xf', path ?? ''], { cwd: dir });
  expect(await readFile(join(dir, 'hive-site.xml'), 'utf8')).toBe('<a>é</a>');
  expect(await readFile(join(dir, 'log4j2.properties'), 'utf8')).toBe('rootLogger.level=warn');

  await writeFile(join(dir, 'conf', 'hive-site.xml'), '<b/>');
  expect(await siteJar(await read(), join(dir, 'cache'))).not.toBe(path);
});
