// @ts-check
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { SetupError } from './run-command.mjs';

const oldest = [22, 18];
const repeatMs = 1_000;

/** The Node that the gateway runs on: the one among the packages, else this one if it can run TypeScript. */
export function nodeForTypeScript() {
  const installed = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(installed)) return installed;
  if (runsTypeScript()) return process.execPath;
  throw new SetupError(
    `Node ${oldest.join('.')} or newer is needed, and this is ${process.versions.node}. In a checkout, npm start brings its own.`,
  );
}

/** Whether the Node that runs this file can run src/ as it stands. */
export function runsTypeScript() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > Number(oldest[0]) || (major === oldest[0] && minor >= Number(oldest[1]));
}

/**
 * Runs Node with these arguments as if it were this process: the same terminal, the same signals, the same end.
 *
 * With `tellEnd` the child holds one end of a pipe at fd 3 (`TORII_PARENT_FD=3`), this process the other and never writes.
 * So the child reads EOF there when this process is gone, even when it was killed with -9, and is to end itself then.
 *
 * A signal is passed on once, however often it comes within a second: Ctrl-C reaches this process from the terminal and
 * from npm. It reaches the child from the terminal too, so the child must not take a quick second one for a new wish.
 *
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, tellEnd?: boolean }} [options]
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, told: NodeJS.Signals | undefined }} NodeEnd
 *   told: the signal that was passed on first, whatever the child made of it
 * @returns {Promise<NodeEnd>}
 */
export function runNode(args, { env = process.env, cwd = root, tellEnd = false } = {}) {
  return new Promise((resolve, reject) => {
    // One that this process was given itself would name nothing, or something else, in the child.
    const { TORII_PARENT_FD: _ours, ...others } = env;
    const child = spawn(nodeForTypeScript(), args, {
      cwd,
      env: tellEnd ? { ...others, TORII_PARENT_FD: '3' } : others,
      stdio: ['inherit', 'inherit', 'inherit', tellEnd ? 'pipe' : 'ignore'],
    });
    const { passed, release } = passSignalsTo(child);
    const orphaned = endWithNpm(child);
    child.once('error', (error) => {
      clearInterval(orphaned);
      release();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      clearInterval(orphaned);
      release();
      resolve({ code, signal, told: passed.keys().next().value });
    });
  });
}

/** npm that was killed with -9 tells nobody: its script is then given another parent. */
function endWithNpm(/** @type {import('node:child_process').ChildProcess} */ child) {
  const parent = process.ppid;
  const isNpms = process.env.npm_lifecycle_event !== undefined;
  return setInterval(() => {
    if (isNpms && process.ppid !== parent) child.kill('SIGTERM');
  }, repeatMs).unref();
}

function passSignalsTo(/** @type {import('node:child_process').ChildProcess} */ child) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @type {Map<NodeJS.Signals, number>} */
  const passed = new Map();
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const now = performance.now();
    if (now - (passed.get(signal) ?? -Infinity) < repeatMs) return;
    passed.set(signal, now);
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  const release = () => {
    for (const signal of signals) process.off(signal, pass);
  };
  return { passed, release };
}

/** Ends this process the way the child ended. */
export function endLike(
  /** @type {{ code: number | null, signal: NodeJS.Signals | null }} */ { code, signal },
) {
  if (signal) process.kill(process.pid, signal);
  process.exit(code ?? 1);
}
