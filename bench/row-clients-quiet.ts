import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningGateway } from '../test/support/gateway.ts';

const limitMs = 120_000;

/** Waits until the class-data archive that follows a gateway's first engine start has been written: it takes a processor. */
export async function classesArchived(gateway: RunningGateway): Promise<void> {
  const deadline = performance.now() + limitMs;
  const isArchiving = (): boolean =>
    gateway.processes().some(({ commandLine }) => commandLine.includes('-XX:ArchiveClassesAtExit'));
  while (isArchiving()) {
    if (performance.now() > deadline) throw new Error('the class-data archive is not written');
    await sleep(200);
  }
}
