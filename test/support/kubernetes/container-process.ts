import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { watchOutput } from '../secret-search.ts';
import { etcPaths } from './images.ts';
import type {
  ContainerExit,
  ContainerPlan,
  ContainerRuntime,
  StartedContainer,
} from './container-runtime.ts';

/** Runs containers as processes that see the paths of their image and their volumes, and no others but /usr. */
export class ProcessRuntime implements ContainerRuntime {
  readonly #running = new Set<ContainerProcess>();

  start(plan: ContainerPlan): StartedContainer {
    const container = new ContainerProcess(plan);
    this.#running.add(container);
    void container.exited.then(() => this.#running.delete(container));
    return container;
  }

  takesConnections(host: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host, port });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  }

  async stop(): Promise<void> {
    const all = [...this.#running];
    for (const container of all) container.kill();
    await Promise.all(all.map(({ exited }) => exited));
  }
}

class ContainerProcess implements StartedContainer {
  readonly started: Promise<void>;
  readonly exited: Promise<ContainerExit>;
  readonly #child: ChildProcess;
  #hasStarted = false;

  constructor(plan: ContainerPlan) {
    mkdirSync(plan.root, { recursive: true });
    const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
    const args = [
      // What began it may be killed at any time: the kernel then ends this, and with it all that it began.
      ...['--pdeathsig', 'KILL', 'unshare', ...asRoot, '--mount', '--propagation', 'private'],
      ...['--uts', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', setUpScript(plan), 'sh'],
      ...[plan.workingDir, ...plan.command],
    ];
    const child = spawn('/usr/bin/setpriv', args, {
      cwd: '/',
      env: plan.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    const [, stdout, stderr, report] = child.stdio;
    if (
      !stdout ||
      !stderr ||
      !report ||
      !('read' in stdout && 'read' in stderr && 'read' in report)
    )
      throw new Error('a container has its output and its report piped');
    const trouble: string[] = [];
    for (const stream of [stdout, stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (this.#hasStarted) plan.log.add(line);
        else trouble.push(line);
      });
    }
    let refusal: string | undefined;
    this.started = new Promise((resolve) => {
      createInterface({ input: report }).on('line', (line) => {
        if (line !== 'started') {
          refusal = line;
          return;
        }
        this.#hasStarted = true;
        for (const early of trouble.splice(0)) plan.log.add(early);
        resolve();
      });
    });
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        watchOutput(`log of container ${plan.name}`, plan.log.text);
        if (this.#hasStarted) resolve({ code: code ?? 128 + signalNumber(signal) });
        else resolve({ code: 128, refusal: refusal ?? trouble.join('\n') });
      });
    });
  }

  /** To the container's first process: as in any container, one without a handler does not notice. */
  terminate(): void {
    const pid = this.#child.pid;
    if (pid === undefined || this.#child.exitCode !== null) return;
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      for (const child of children.split(' ').filter(Boolean))
        process.kill(Number(child), 'SIGTERM');
    } catch {
      // It has ended meanwhile.
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const signalNumber = (signal: NodeJS.Signals | null) =>
  signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 9;

const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Builds the container's file tree on a memory file system of its own, then becomes the command in it. */
function setUpScript({ root, hostname, image, mounts }: ContainerPlan): string {
  const lines = [
    'set -e',
    'path=$PATH',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    `root=${quote(root)}`,
    `hostname ${quote(hostname)}`,
    'mount -t tmpfs -o mode=755 tmpfs "$root"',
    'cd "$root"',
    'mkdir -p usr proc dev/shm etc tmp var/tmp var/run run root home .layers',
    'chmod 1777 tmp var/tmp dev/shm',
    'mount --rbind /usr usr',
    'for name in bin sbin lib lib32 lib64; do [ ! -e "/$name" ] || ln -s "usr/$name" "$name"; done',
    'mount -t proc proc proc',
    'for name in null zero full random urandom; do : >"dev/$name"; mount --bind "/dev/$name" "dev/$name"; done',
    'ln -s /proc/self/fd dev/fd',
    ...etcPaths().map((path) => bind(path, path)),
  ];
  const paths = Object.entries(image.paths ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  paths.forEach(([path, source], at) => lines.push(...layer(path, source, at)));
  for (const { source, target, isReadOnly } of mounts) {
    lines.push(bind(source, target));
    if (isReadOnly)
      lines.push(`mount -o remount,bind,ro ${quote(`.${target}`)} 2>/dev/null || true`);
  }
  lines.push(
    'export PATH=$path',
    'unset path',
    `exec /usr/sbin/chroot . /bin/sh -c ${quote(enterScript)} "$@"`,
  );
  return lines.join('\n');
}

const enterScript = `
mkdir -p "$0" && cd "$0"
if ! command -v "$1" >/dev/null 2>&1; then
  echo "exec: \\"$1\\": executable file not found in \\$PATH" >&3
  exit 128
fi
echo started >&3
exec "$@" 3>&-`;

function bind(source: string, target: string): string {
  const at = quote(`.${target}`);
  const isFolder = existsSync(source) && statSync(source).isDirectory();
  const make = isFolder
    ? `mkdir -p ${at}`
    : `mkdir -p "$(dirname ${at})"; [ -e ${at} ] || : >${at}`;
  return `${make}; mount --rbind ${quote(source)} ${at}`;
}

/** A folder of the image is laid under a writable one, so that volumes can be mounted in it and nothing of it changes. */
function layer(path: string, source: string, number: number): string[] {
  if (!statSync(source).isDirectory()) return [bind(source, path)];
  const at = quote(`.${path}`);
  const own = `.layers/${number}`;
  const lower = quote(source);
  return [
    `mkdir -p ${at} ${own}/upper ${own}/work`,
    `mount -t overlay overlay -o lowerdir=${lower},upperdir="$root/${own}/upper",workdir="$root/${own}/work" ${at}`,
  ];
}
