// @ts-check
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A set-up step that failed for a reason its message explains: shown without a stack. */
export class SetupError extends Error {}

/** Says something to the person who waits. Standard output belongs to what runs after the set-up. */
export function talk(/** @type {string} */ text) {
  process.stderr.write(`torii: ${text}\n`);
}

const keptOutput = 64 * 1024;

/** Process groups of the commands that run now, so that none outlives a set-up that is told to stop. */
const running = new Set();

/** Lock files of this process: each command is noted in them, because it may outlive a process that is killed with -9. */
export const heldLocks = new Set();

/** Aborted when the set-up is told to stop; what waits in the set-up listens to it. */
export const interruption = new AbortController();

/**
 * Runs a command to its end, its output going to standard error unless `quiet`, and gives back what it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, explain?: (output: string) => string | undefined }} [options]
 *   explain: turns the output of a failed command into what a person can do about it
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd, env = process.env, quiet = false, explain } = {}) {
  return new Promise((resolve, reject) => {
    interruption.signal.throwIfAborted();
    // A group of its own: what the command starts (pip's builds, npm's install scripts) ends with it.
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    /** @param {Buffer} chunk */
    const onOutput = (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
      if (!quiet) process.stderr.write(chunk);
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
    running.add(child.pid);
    for (const lock of heldLocks) appendFileSync(lock, ` ${child.pid}`);
    child.once('error', (cause) => {
      running.delete(child.pid);
      reject(new SetupError(`${command} could not be started: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      running.delete(child.pid);
      if (code === 0) return resolve(output);
      const hint = explain?.(output);
      const shown = quiet ? `\n${output.trimEnd()}` : '';
      const failed = `${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`;
      reject(new SetupError(`${failed}${shown}${hint ? `\n${hint}` : ''}`));
    });
  });
}

/**
 * Does a set-up that a signal stops: the command that runs is ended and the set-up rejects. Gives what it gives.
 *
 * @template T
 * @param {() => Promise<T>} setUp
 * @returns {Promise<T>}
 */
export async function interruptible(setUp) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    interruption.abort(new SetupError(`Stopped by ${signal} during the set-up`));
    process.exitCode = 128 + constants.signals[signal];
    for (const group of running) {
      try {
        process.kill(-group, 'SIGTERM');
      } catch {
        // It ended by itself in this moment.
      }
    }
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    const made = await setUp();
    await sleep(1); // a signal that came while this thread was busy is told now
    interruption.signal.throwIfAborted();
    return made;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Runs a script's body: a SetupError is shown as a message, anything else with its stack; either makes the exit code 1.
 *
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    talk(
      error instanceof SetupError
        ? error.message
        : String(error instanceof Error ? error.stack : error),
    );
    process.exitCode ||= 1;
  }
}
