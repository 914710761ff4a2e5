import type { Settings } from '../../config/entry.ts';
import { SubmitError } from '../job-platform.ts';
import { amountOf, sparkMib } from './quantities.ts';
import { settingsBelow } from './job-labels.ts';

export interface ContainerResources {
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
}

const smallestOverheadMib = 384;
const usualOverheadFactor = 0.1;

/** What the driver's container asks for, by the settings by which Spark sizes a driver in cluster mode. */
export function driverResources(conf: Settings): ContainerResources {
  const memory = `${driverMemoryMib(conf)}Mi`;
  const cpu = cores(conf, 'spark.kubernetes.driver.request.cores') ?? wholeCores(conf);
  const cpuLimit = cores(conf, 'spark.kubernetes.driver.limit.cores');
  return {
    requests: { cpu, memory },
    limits: { ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }), memory, ...devices(conf) },
  };
}

/** Heap and what the JVM needs beside it, MiB. */
export function driverMemoryMib(conf: Settings): number {
  const heap = mib(conf, 'spark.driver.memory') ?? 1024;
  const factor =
    fraction(conf, 'spark.driver.memoryOverheadFactor') ??
    fraction(conf, 'spark.kubernetes.memoryOverheadFactor') ??
    usualOverheadFactor;
  const smallest = mib(conf, 'spark.driver.minMemoryOverhead') ?? smallestOverheadMib;
  const overhead =
    mib(conf, 'spark.driver.memoryOverhead') ?? Math.max(Math.floor(heap * factor), smallest);
  return heap + overhead;
}

function wholeCores(conf: Settings): string {
  const value = conf.get('spark.driver.cores')?.trim() ?? '1';
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw unreadable('spark.driver.cores', value, 'a whole number');
  return value;
}

function cores(conf: Settings, key: string): string | undefined {
  const value = conf.get(key)?.trim();
  if (value !== undefined && (amountOf(value) ?? 0) <= 0) {
    throw unreadable(key, value, 'a quantity such as 2 or 500m');
  }
  return value;
}

function mib(conf: Settings, key: string): number | undefined {
  const value = conf.get(key)?.trim();
  if (value === undefined) return undefined;
  const size = sparkMib(value);
  if (size === undefined) throw unreadable(key, value, 'a size such as 512m or 4g');
  return size;
}

function fraction(conf: Settings, key: string): number | undefined {
  const value = conf.get(key)?.trim();
  if (value === undefined) return undefined;
  const factor = Number(value);
  if (value === '' || !Number.isFinite(factor) || factor < 0) {
    throw unreadable(key, value, 'a number such as 0.1');
  }
  return factor;
}

/** `spark.driver.resource.gpu.amount` and `.vendor`, e.g. `nvidia.com`, as limits. */
function devices(conf: Settings): Record<string, string> {
  const below = settingsBelow(conf, 'spark.driver.resource.');
  return Object.fromEntries(
    Object.entries(below).flatMap(([rest, amount]) => {
      const name = /^(.+)\.amount$/.exec(rest)?.[1];
      const vendor = name === undefined ? undefined : below[`${name}.vendor`];
      return vendor === undefined ? [] : [[`${vendor}/${name}`, amount]];
    }),
  );
}

function unreadable(key: string, value: string, expected: string): SubmitError {
  return new SubmitError('refused', `${key} has to be ${expected}, but is '${value}'`);
}
