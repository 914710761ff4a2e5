import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming } from '../../support/processes.ts';
import type { ResultEngine } from '../../support/result-engine.ts';

/** The engines' process ids, the oldest first. */
export function driversOf({ dir }: ResultEngine): number[] {
  return named(dir, /^\S*java .*io\.torii\.engine\.EngineMain/);
}

export function driverOf(engine: ResultEngine): number {
  const [driver] = driversOf(engine);
  if (driver === undefined) throw new Error('no engine runs');
  return driver;
}

export function executorsOf({ yarn }: ResultEngine): number[] {
  return yarn === undefined ? [] : named(yarn.dir, /^\S*java .*YarnCoarseGrainedExecutorBackend/);
}

function named(marker: string, pattern: RegExp): number[] {
  return processesNaming(marker)
    .filter(({ commandLine }) => pattern.test(commandLine))
    .map(({ pid }) => pid);
}

/** Bytes of the results that a driver has on the disk: files that no folder names, found by its open descriptors. */
export function spooledBytes(driver: number): number {
  const folder = `/proc/${driver}/fd`;
  const files = new Map<string, number>();
  for (const descriptor of readdirSync(folder)) {
    const path = join(folder, descriptor);
    try {
      const target = readlinkSync(path);
      if (/torii-result-.*\(deleted\)$/.test(target)) files.set(target, statSync(path).size);
    } catch {
      // Closed since the folder was read.
    }
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}

/** Bytes of the results that executors hold for the driver: blocks of RDDs, of which the tests cache none. */
export function heldByExecutors({ yarn }: ResultEngine): number {
  return yarn === undefined ? 0 : bytesOfFiles(yarn.dir, /^rdd_\d+_\d+/);
}

export function bytesOfFiles(folder: string, name: RegExp): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !name.test(entry.name)) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
