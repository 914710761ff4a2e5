import type { Image } from './images.ts';
import type { ContainerLog } from './pod-log.ts';

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

/** Everything that is to be known to start one container. */
export interface ContainerPlan {
  readonly name: string;
  /** An empty folder for the container's file tree. */
  readonly root: string;
  readonly hostname: string;
  readonly image: Image;
  readonly mounts: readonly Mount[];
  readonly command: readonly string[];
  readonly env: Record<string, string>;
  readonly workingDir: string;
  readonly log: ContainerLog;
}

export interface ContainerExit {
  readonly code: number;
  /** Why it could not even be started. */
  readonly refusal?: string;
}

export interface StartedContainer {
  /** Never resolves for one that could not be started. */
  readonly started: Promise<void>;
  readonly exited: Promise<ContainerExit>;
  terminate(): void;
  kill(): void;
}

export interface ContainerRuntime {
  start(plan: ContainerPlan): StartedContainer;
  /** Whether something takes connections there: what a probe of that kind asks. */
  takesConnections(host: string, port: number): Promise<boolean>;
  /** Ends all and waits for their ends. */
  stop(): Promise<void>;
}

/** Starts nothing: a container runs until somebody says how it ended. */
export class PretendedRuntime implements ContainerRuntime {
  start(): PretendedContainer {
    return new PretendedContainer();
  }

  takesConnections(): Promise<boolean> {
    return Promise.resolve(true);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

export class PretendedContainer implements StartedContainer {
  readonly started = Promise.resolve();
  readonly #ended = Promise.withResolvers<ContainerExit>();

  get exited(): Promise<ContainerExit> {
    return this.#ended.promise;
  }

  end(code: number): void {
    this.#ended.resolve({ code });
  }

  terminate(): void {
    this.end(143);
  }

  kill(): void {
    this.end(137);
  }
}
