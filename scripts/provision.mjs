// @ts-check
// Gets what the gateway and its tests need and this machine lacks. Runs on any Node from 20 on, with nothing installed.
// Each function is quick when there is nothing to do, and safe to call from several processes at once.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { installOnce, withLock } from './install-once.mjs';
import { root } from './root.mjs';
import { SetupError, run, talk } from './run-command.mjs';

export const defaultSparkVersion = '3.5.9';

const sparkBytes = 1_500_000_000; // an installation, beside the archive that it is unpacked from
const oldestJava = 17;
const mavenPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

/** Where everything that is fetched stays between starts and checkouts. */
export const cacheFolder = () =>
  resolve(process.env.TORII_CACHE_DIR || join(homedir(), '.cache', 'torii'));

/** Installs the packages of package-lock.json unless they are what node_modules holds. */
export async function ensureDependencies() {
  if (dependenciesAreCurrent()) return;
  await withLock(join(root, '.runtime', 'install.lock'), async () => {
    if (dependenciesAreCurrent()) return;
    talk('installing npm packages');
    // Not the Node in node_modules: it is about to be replaced. Warnings are left out for one: that the system's Node is
    // older than the one which is being installed.
    const bin = join(root, 'node_modules', '.bin');
    const PATH = (process.env.PATH ?? '')
      .split(delimiter)
      .filter((place) => resolve(place) !== bin)
      .join(delimiter);
    await run('npm', ['ci', '--include=dev', '--loglevel=error'], {
      cwd: root,
      env: { ...process.env, PATH },
      explain: explainDownload,
    });
    if (!dependenciesAreCurrent()) {
      throw new SetupError(
        'npm ci ended well, yet node_modules is not what package-lock.json says. Are install scripts off (npm config get ignore-scripts)?',
      );
    }
  });
}

/** What npm noted of its last installation names the same packages as the lock file; optional ones may be left out. */
function dependenciesAreCurrent() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present || !existsSync(join(root, 'node_modules', 'node', 'bin', 'node')))
    return false;
  return Object.entries(wanted).every(([place, { version, optional }]) => {
    const found = present[place];
    return place === '' || (found ? found.version === version : optional);
  });
}

/** @returns {Record<string, { version: string, optional?: boolean }> | undefined} */
function packagesOf(/** @type {string} */ lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined; // missing or cut short: either way there is something to install
  }
}

/**
 * A Spark installation's folder. Without a version it is SPARK_HOME or else the default version; with one, exactly that.
 *
 * @param {string} [version]
 * @returns {Promise<string>}
 */
export async function ensureSpark(version) {
  const given = process.env.SPARK_HOME;
  if (given) {
    const found = sparkVersionOf(given);
    if (!found)
      throw new SetupError(
        `SPARK_HOME is ${given}, which is no Spark installation: no jars/spark-core_*.jar there. Correct it, or unset it to have Spark fetched.`,
      );
    if (version === undefined || version === found) return resolve(given);
  }
  const wanted = version ?? defaultSparkVersion;
  return installOnce(join(cacheFolder(), `spark-${wanted}`), async (work) => {
    await requirePip(`to fetch Spark ${wanted}; or set SPARK_HOME to a Spark installation`);
    requireSpace(work, sparkBytes, `Spark ${wanted}`);
    talk(`fetching Spark ${wanted} (some hundred MB, once)`);
    // Its dependency py4j is for Python programs only; spark-submit needs none of it.
    await pipInstall(work, [`pyspark==${wanted}`], ['--no-deps']);
    const home = join(work, 'pyspark');
    if (sparkVersionOf(home) !== wanted)
      throw new SetupError(
        `The package pyspark ${wanted} holds no Spark ${wanted}: no jars/spark-core_*-${wanted}.jar in it`,
      );
    return home;
  });
}

function sparkVersionOf(/** @type {string} */ home) {
  if (!existsSync(join(home, 'bin', 'spark-submit')) || !existsSync(join(home, 'jars')))
    return undefined;
  for (const jar of readdirSync(join(home, 'jars'))) {
    const version = /^spark-core_[\d.]+-(.+)\.jar$/.exec(jar)?.[1];
    if (version) return version;
  }
  return undefined;
}

/**
 * A Java that Spark and the engine run on: JAVA_HOME's, else the PATH's, whichever is new enough first.
 *
 * @returns {Promise<{ home: string, version: number }>}
 */
export async function ensureJava() {
  const seen = [];
  for (const java of javaCommands()) {
    const home = dirname(dirname(realpathSync(java)));
    const version = releasedVersion(home) ?? (await reportedVersion(java));
    if (version !== undefined && version >= oldestJava) return { home, version };
    seen.push(`${java} is Java ${version ?? 'of an unknown version'}`);
  }
  const found = seen.length === 0 ? 'none was found in JAVA_HOME or on the PATH' : seen.join(', ');
  throw new SetupError(
    `Java ${oldestJava} or newer is needed, a JDK (with javac): ${found}. On Debian or Ubuntu: apt-get install openjdk-17-jdk-headless`,
  );
}

function javaCommands() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  if (process.env.JAVA_HOME) folders.unshift(join(process.env.JAVA_HOME, 'bin'));
  return folders.map((folder) => join(folder, 'java')).filter((java) => existsSync(java));
}

/** From the file that every JDK ships: reading it takes no time, starting a JVM does. */
function releasedVersion(/** @type {string} */ home) {
  try {
    return majorOf(
      /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1],
    );
  } catch {
    return undefined;
  }
}

async function reportedVersion(/** @type {string} */ java) {
  const output = await run(java, ['-version'], { quiet: true }).catch(() => '');
  return majorOf(/version "([^"]+)"/.exec(output)?.[1]);
}

/** 17 of `17.0.15`, 8 of `1.8.0_402`. */
function majorOf(/** @type {string | undefined} */ version) {
  const major = /^(?:1\.)?(\d+)/.exec(version ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

/**
 * The engine's jar, built unless it is current.
 *
 * @param {{ sparkHome: string }} options
 * @returns {Promise<string>} its path
 */
export async function ensureEngineJar({ sparkHome }) {
  const { buildEngine, defaultOutFile } = await import('./build-engine.mjs');
  try {
    const { outFile, built } = await buildEngine({ sparkHome, outFile: defaultOutFile() });
    if (built) talk('built the Spark engine');
    return outFile;
  } catch (cause) {
    throw new SetupError(
      `The Spark engine could not be built: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * All that a gateway needs to launch engines, as the environment to run it in.
 *
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function ensureGatewayEnvironment() {
  await ensureDependencies();
  const java = await ensureJava();
  process.env.JAVA_HOME = java.home; // the engine is built with it
  const sparkHome = await ensureSpark();
  const engineJar = process.env.TORII_ENGINE_JAR || (await ensureEngineJar({ sparkHome }));
  return { ...process.env, SPARK_HOME: sparkHome, TORII_ENGINE_JAR: engineJar };
}

/**
 * Jars from Maven's repository, for test clients.
 *
 * @param {string} artifact group:name:version[:packaging[:classifier]]
 * @param {{ transitive?: boolean }} [options] transitive: with everything it needs at run time
 * @returns {Promise<string[]>} their paths, the artifact's own first
 */
export async function ensureMavenArtifact(artifact, { transitive = false } = {}) {
  const [group, name, version, packaging = 'jar', classifier] = artifact.split(':');
  if (!group || !name || !version)
    throw new SetupError(`${artifact} is no Maven artifact: group:name:version is wanted`);
  const key = [...artifact.split(':'), ...(transitive ? ['all'] : [])].join('_');
  const folder = await installOnce(join(cacheFolder(), 'maven', key), async (work) => {
    await requireCommand('mvn', 'apt-get install maven', `to fetch ${artifact}`);
    talk(`fetching ${artifact}`);
    const jars = join(work, 'jars');
    mkdirSync(jars);
    if (transitive) {
      const pom = join(work, 'pom.xml');
      writeFileSync(pom, pomFor({ group, name, version, packaging, classifier }));
      await maven([
        '-f',
        pom,
        `${mavenPlugin}:copy-dependencies`,
        `-DoutputDirectory=${jars}`,
        '-DincludeScope=runtime',
      ]);
    } else {
      await maven([`${mavenPlugin}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${jars}`]);
    }
    return jars;
  });
  const isOwn = (/** @type {string} */ jar) => jar.startsWith(`${name}-${version}`);
  const jars = readdirSync(folder).sort(
    (a, b) => Number(isOwn(b)) - Number(isOwn(a)) || a.localeCompare(b),
  );
  return jars.map((jar) => join(folder, jar));
}

const maven = (/** @type {string[]} */ args) =>
  run('mvn', ['-q', '-B', ...args], { quiet: true, explain: explainDownload });

/** @param {Record<'group' | 'name' | 'version' | 'packaging', string> & { classifier: string | undefined }} artifact */
function pomFor({ group, name, version, packaging, classifier }) {
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>torii</groupId><artifactId>test-client</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>
    <type>${packaging}</type>${classifier ? `<classifier>${classifier}</classifier>` : ''}
  </dependency></dependencies>
</project>
`;
}

/**
 * A folder for PYTHONPATH that holds the packages.
 *
 * @param {readonly string[]} requirements as pip writes them, versions pinned
 * @returns {Promise<string>}
 */
export async function ensurePythonEnv(requirements) {
  const python = await run(
    'python3',
    ['-c', 'import sys, platform; print(sys.implementation.cache_tag, platform.machine())'],
    { quiet: true, explain: () => pythonHint },
  );
  const key = createHash('sha256')
    .update([python.trim(), ...requirements.toSorted()].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return installOnce(join(cacheFolder(), 'python', key), async (work) => {
    await requirePip(`to fetch ${requirements.join(', ')}`);
    talk(`fetching ${requirements.join(', ')}`);
    const packages = join(work, 'packages');
    await pipInstall(packages, requirements);
    return packages;
  });
}

/**
 * Some files of a Python package, without what else it holds.
 *
 * @param {string} requirement as pip writes it, version pinned
 * @param {readonly string[]} files by their paths in the package
 * @returns {Promise<string>} the folder that they stand in
 */
export async function ensureFromPythonPackage(requirement, files) {
  const key = createHash('sha256')
    .update([requirement, ...files].join('\n'))
    .digest('hex');
  return installOnce(join(cacheFolder(), 'python', key.slice(0, 16)), async (work) => {
    await requirePip(`to fetch ${requirement}`);
    talk(`fetching ${requirement}`);
    const packages = join(work, 'packages');
    await pipInstall(packages, [requirement], ['--no-deps']);
    const kept = join(work, 'kept');
    for (const file of files) {
      mkdirSync(dirname(join(kept, file)), { recursive: true });
      copyFileSync(join(packages, file), join(kept, file));
    }
    return kept;
  });
}

/**
 * One file of a Go module.
 *
 * @param {string} module with its version
 * @param {string} file its path in the module
 * @returns {Promise<string>} where it is
 */
export async function ensureGoModuleFile(module, file) {
  const key = createHash('sha256').update(`${module}\n${file}`).digest('hex').slice(0, 16);
  const folder = await installOnce(join(cacheFolder(), 'go', key), async (work) => {
    await requireCommand('go', 'apt-get install golang-go', `to fetch ${module}`);
    talk(`fetching ${module}`);
    const env = { ...process.env, GOFLAGS: '-modcacherw', GOMODCACHE: join(work, 'modules') };
    const options = { cwd: work, env, quiet: true, explain: explainDownload };
    await run('go', ['mod', 'init', 'fetch'], options);
    const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', module], options));
    const kept = join(work, 'kept');
    mkdirSync(kept);
    copyFileSync(join(Dir, file), join(kept, basename(file)));
    return kept;
  });
  return join(folder, basename(file));
}

const pythonHint = 'Python 3 is needed. On Debian or Ubuntu: apt-get install python3 python3-pip';

async function requirePip(/** @type {string} */ why) {
  await requireCommand('python3', 'apt-get install python3 python3-pip', why);
  await run('python3', ['-m', 'pip', '--version'], {
    quiet: true,
    explain: () =>
      `pip is needed ${why}. Debian and Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip --user`,
  });
}

async function requireCommand(
  /** @type {string} */ command,
  /** @type {string} */ install,
  /** @type {string} */ why,
) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  if (folders.some((folder) => existsSync(join(folder, command)))) return;
  throw new SetupError(`${command} is needed ${why}. On Debian or Ubuntu: ${install}`);
}

function pipInstall(
  /** @type {string} */ target,
  /** @type {readonly string[]} */ requirements,
  /** @type {string[]} */ options = [],
) {
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--no-compile',
    '--root-user-action=ignore',
  ];
  // What is fetched stays here: a second copy of it in pip's cache would only take room.
  return run(
    'python3',
    [...args, '--no-cache-dir', ...options, '--target', target, ...requirements],
    { explain: explainDownload },
  );
}

function requireSpace(
  /** @type {string} */ folder,
  /** @type {number} */ bytes,
  /** @type {string} */ what,
) {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new SetupError(
      `${what} needs ${megabytes(bytes)} MB in ${dirname(folder)}, and ${megabytes(free)} MB are free. Set TORII_CACHE_DIR to a folder with more room.`,
    );
}

const megabytes = (/** @type {number} */ bytes) => Math.ceil(bytes / 1e6);

/** What a person can do about a download that failed. */
function explainDownload(/** @type {string} */ output) {
  if (/ENOSPC|No space left on device/i.test(output))
    return 'The disk is full. TORII_CACHE_DIR names another folder for what is fetched.';
  if (
    /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|name resolution|NewConnectionError|timed out|Unknown host|Could not transfer|UnresolvedAddress/i.test(
      output,
    )
  ) {
    return 'The package registry was not reached: is there a network, and is a proxy or mirror set for this tool (npm, pip, mvn) if one is needed?';
  }
  if (/No matching distribution/i.test(output))
    return 'The registry was not reached, or does not have this version.';
  return undefined;
}
