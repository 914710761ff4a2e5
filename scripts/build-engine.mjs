// Builds the Spark engine's jar with nothing but a JDK: javac against a Spark installation, then jar.
// Usable as a command (`node scripts/build-engine.mjs [sparkHome] [outFile]`) and as a function, for scripts and tests.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'spark-engine', 'src', 'main', 'java');
const resources = join(root, 'spark-engine', 'src', 'main', 'resources');

export const defaultSparkHome = () =>
  process.env.SPARK_HOME || join(homedir(), '.cache', 'torii', 'spark-3.5.9');
export const defaultOutFile = () => join(root, 'spark-engine', 'target', 'torii-spark-engine.jar');

/** Builds the jar unless the one that is there was made of the same sources against the same Spark. */
export async function buildEngine({
  sparkHome = defaultSparkHome(),
  outFile = defaultOutFile(),
} = {}) {
  const jars = join(sparkHome, 'jars');
  if (!existsSync(jars))
    throw new Error(
      `No Spark installation in ${sparkHome}: ${jars} does not exist. Set SPARK_HOME.`,
    );
  const inputs = [...filesBelow(sources), ...filesBelow(resources)];
  const hash = fingerprint(inputs, readdirSync(jars).sort());
  const hashFile = `${outFile}.sha256`;
  if (
    existsSync(outFile) &&
    existsSync(hashFile) &&
    readFileSync(hashFile, 'utf8').trim() === hash
  ) {
    return { outFile, built: false };
  }

  const target = dirname(outFile);
  mkdirSync(target, { recursive: true });
  removeAbandoned(target);
  const work = mkdtempSync(join(target, 'build-'));
  try {
    const javac = jdkTool('javac');
    const classes = join(work, 'classes');
    mkdirSync(classes);
    const list = join(work, 'sources.txt');
    writeFileSync(
      list,
      inputs
        .filter((file) => file.endsWith('.java'))
        .map((file) => `"${file.replaceAll('\\', '/')}"`)
        .join('\n'),
    );
    // -proc:none: the jars of a Spark installation may bring annotation processors, which are none of ours.
    run(javac, [
      ...releaseFlags(javac),
      '-nowarn',
      '-proc:none',
      '-encoding',
      'UTF-8',
      '-Xlint:-options',
      '-d',
      classes,
      '-cp',
      join(jars, '*'),
      `@${list}`,
    ]);
    const manifest = join(work, 'MANIFEST.MF');
    writeFileSync(
      manifest,
      [
        'Main-Class: io.torii.engine.EngineMain',
        'Implementation-Title: torii-spark-engine',
        `Implementation-Version: ${packageVersion()}`,
        '',
      ].join('\n'),
    );
    const jar = join(work, 'engine.jar');
    const resourceArgs = existsSync(resources) ? ['-C', resources, '.'] : [];
    run(jdkTool('jar'), ['cfm', jar, manifest, '-C', classes, '.', ...resourceArgs]);
    // The old hash goes first: a crash between the two renames must lead to a new build, never to a stale jar taken for fresh.
    rmSync(hashFile, { force: true });
    renameSync(jar, outFile);
    writeFileSync(join(work, 'hash'), `${hash}\n`);
    renameSync(join(work, 'hash'), hashFile);
    return { outFile, built: true };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What a build that was killed has left; those of builds that run beside us are younger. */
function removeAbandoned(target) {
  for (const name of readdirSync(target).filter((entry) => entry.startsWith('build-'))) {
    const age =
      Date.now() - (statSync(join(target, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10 * 60_000) rmSync(join(target, name), { recursive: true, force: true });
  }
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .sort();
}

function fingerprint(files, jarNames) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  hash
    .update(jarNames.join('\n'))
    .update(`\0${packageVersion()}\0`)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest('hex');
}

function packageVersion() {
  try {
    return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version ?? '0.0.0';
  } catch {
    return '0.0.0';
  }
}

/** A JDK 8 knows no --release, and needs none: it can only make Java 8. */
function releaseFlags(javac) {
  const answer = spawnSync(javac, ['-version'], { encoding: 'utf8' });
  return /javac 1\.8/.test(`${answer.stdout}${answer.stderr}`) ? [] : ['--release', '8'];
}

function jdkTool(name) {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const places = [
    ...(process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : []),
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ];
  const found = places.map((place) => join(place, file)).find((path) => existsSync(path));
  if (!found)
    throw new Error(
      `No JDK: ${name} is neither in JAVA_HOME/bin nor on the PATH. Building the Spark engine needs a JDK 8 or newer (a JRE is not enough).`,
    );
  return found;
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${command} failed with ${result.status}:\n${result.stdout}${result.stderr}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const [sparkHome, outFile] = process.argv.slice(2);
    const result = await buildEngine({
      ...(sparkHome && { sparkHome }),
      ...(outFile && { outFile: resolve(outFile) }),
    });
    console.log(`${result.outFile} ${result.built ? 'built' : 'is up to date'}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
