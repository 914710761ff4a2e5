import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../support/processes.ts';

/** What a process has in memory that is its own: no mapped files, which the kernel may drop at any time. */
export function ownMemoryBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kilobytes) * 1024;
}

/** The bytes of all objects that are reachable in a Java heap: it is collected in full, and what is left is counted. */
export async function liveHeapBytes(pid: number): Promise<number> {
  const { stdout, stderr } = await runProcess(jdkProgram('jcmd'), [
    String(pid),
    'GC.class_histogram',
  ]);
  const bytes = /^Total\s+\d+\s+(\d+)$/m.exec(stdout)?.[1];
  if (bytes === undefined) throw new Error(`jcmd counted nothing: ${stdout}${stderr}`);
  return Number(bytes);
}

/** A program of the JDK that the engines run on. */
export function jdkProgram(name: string): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined ? name : join(home, 'bin', name);
}

/** What a process keeps on disk: the files below its folder, and those without a name that it still has open. */
export function diskBytes(pid: number, folder: string): number {
  return namelessBytes(pid) + folderBytes(folder);
}

function namelessBytes(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const files = new Map<number, number>(); // by inode: a file may be open twice
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const isNameless = whileItIsThere(() => readlinkSync(file).endsWith(' (deleted)')) ?? false;
    const stat = isNameless ? whileItIsThere(() => statSync(file)) : undefined;
    if (stat !== undefined) files.set(stat.ino, stat.blocks * 512);
  }
  return sum(files.values());
}

function folderBytes(folder: string): number {
  const names = whileItIsThere(() => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  const sizes = (names ?? []).map((name) => {
    const stat = whileItIsThere(() => statSync(join(folder, name)));
    return stat?.isFile() ? stat.blocks * 512 : 0;
  });
  return sum(sizes);
}

/** Files come and go while they are counted. */
function whileItIsThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
