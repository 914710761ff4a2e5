// @ts-check
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldLocks, interruption, talk } from './run-command.mjs';

const beatMs = 2_000;
const deadAfterMs = 600_000; // a process id that was given to another process must not lock forever

/**
 * Makes the folder `target` unless it is there. `fill` is given an empty folder and names the folder in it (or itself)
 * that becomes the target. The target appears whole or not at all, and is made once however many processes ask for it.
 *
 * @param {string} target
 * @param {(work: string) => Promise<string>} fill
 */
export async function installOnce(target, fill) {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  await withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return;
    removeLeftovers(target);
    const work = `${target}.part-${process.pid}`;
    mkdirSync(work);
    try {
      renameSync(await fill(work), target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return target;
}

/**
 * One process at a time. The lock's file names its owner and the commands that it runs, and is touched while the owner
 * lives; one whose processes have all ended is taken over.
 *
 * @param {string} file
 * @param {() => Promise<void>} body
 */
export async function withLock(file, body) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const owner = deadOwner(file);
    if (owner !== undefined) {
      takeAway(file, owner);
      continue;
    }
    if (!told) talk(`waiting for another set-up to finish (${file})`);
    told = true;
    await sleep(200, undefined, { signal: interruption.signal }).catch(() =>
      interruption.signal.throwIfAborted(),
    );
  }
  const beat = setInterval(() => touch(file), beatMs);
  heldLocks.add(file);
  try {
    await body();
  } finally {
    heldLocks.delete(file);
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}

function touch(/** @type {string} */ file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Someone removed it by hand: what is being made is still made whole.
  }
}

function tryLock(/** @type {string} */ file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** What the lock's file says, when its processes are gone; nothing while one lives. */
function deadOwner(/** @type {string} */ file) {
  try {
    const text = readFileSync(file, 'utf8');
    if (Date.now() - statSync(file).mtimeMs > deadAfterMs) return text;
    // An owner that has made the file but not yet written to it has a moment to do so.
    return text === '' || text.split(' ').some((pid) => isAlive(Number(pid))) ? undefined : text;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several that find the owner dead, one removes its file; a new owner's file that came in between is put back. */
function takeAway(/** @type {string} */ file, /** @type {string} */ owner) {
  const aside = `${file}.dead-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === owner) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** What earlier installers that were killed left; the lock says that none runs now. */
function removeLeftovers(/** @type {string} */ target) {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(target)}.part-`))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function codeOf(/** @type {unknown} */ error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
