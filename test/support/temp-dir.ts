import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder of a name that no other process has: its path can serve as a marker in /proc. */
export function makeTempDir(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `torii-${purpose}-`));
}

export function removeTempDir(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
