import type { LaunchTag } from '../launcher.ts';
import type { LaunchProcess } from './launch-process.ts';

/** How many ended launches are remembered with their reasons and logs. */
const endedKept = 200;

/** The launches of this gateway process: all that live, and the last ones that have ended. */
export class KnownLaunches {
  readonly #byTag = new Map<LaunchTag, LaunchProcess>();
  readonly #ended = new Set<LaunchTag>();

  add(launch: LaunchProcess): void {
    this.#byTag.set(launch.tag, launch);
  }

  get(tag: LaunchTag): LaunchProcess | undefined {
    return this.#byTag.get(tag);
  }

  alive(): readonly LaunchProcess[] {
    return [...this.#byTag.values()].filter((launch) => !launch.hasExited);
  }

  ended(tag: LaunchTag): void {
    this.#ended.add(tag);
    const [oldest] = this.#ended;
    if (this.#ended.size <= endedKept || oldest === undefined) return;
    this.#ended.delete(oldest);
    this.#byTag.delete(oldest);
  }
}
