import { loadGss } from '../../../src/auth/kerberos/gss-library.ts';
import type { GssLibrary } from '../../../src/auth/kerberos/gss-library.ts';

/** What of the library's is in our hands. */
export interface Held {
  buffers: number;
  names: number;
  contexts: number;
  credentials: number;
}

type Call = ((...args: never[]) => number) & { readonly async: (...args: never[]) => void };

/** The library, and how much of what it gave was not given back. */
export function countedGss(): { readonly gss: GssLibrary; readonly held: Held } {
  const gss = loadGss();
  const held: Held = { buffers: 0, names: 0, contexts: 0, credentials: 0 };
  /** Counts what stands in an argument after the call that did not stand there before. */
  const counted = <C extends Call>(call: C, what: keyof Held, ...places: readonly number[]): C => {
    const look = (args: readonly unknown[]): number =>
      places.filter((place) => isFull(args[place])).length;
    const around = (...args: Parameters<C>): number => {
      const before = look(args);
      const major = call(...args);
      held[what] += look(args) - before;
      return major;
    };
    const async = (...args: Parameters<C>): void => {
      const before = look(args);
      const done = args.at(-1) as unknown as (failure: Error | null, major: number) => void; // koffi's convention
      call.async(
        ...([
          ...args.slice(0, -1),
          (failure: Error | null, major: number) => {
            held[what] += look(args) - before;
            done(failure, major);
          },
        ] as never[]),
      );
    };
    return Object.assign(around, { async, info: null }) as unknown as C; // the same shape around the same function
  };
  return {
    held,
    gss: {
      ...gss,
      accept: counted(counted(counted(gss.accept, 'contexts', 1), 'names', 5), 'buffers', 7),
      wrap: counted(gss.wrap, 'buffers', 6),
      unwrap: counted(gss.unwrap, 'buffers', 3),
      displayName: counted(gss.displayName, 'buffers', 2),
      displayStatus: counted(gss.displayStatus, 'buffers', 5),
      importName: counted(gss.importName, 'names', 3),
      acquireCredential: counted(gss.acquireCredential, 'credentials', 6),
      releaseBuffer: counted(gss.releaseBuffer, 'buffers', 1),
      releaseName: counted(gss.releaseName, 'names', 1),
      releaseCredential: counted(gss.releaseCredential, 'credentials', 1),
      deleteContext: counted(gss.deleteContext, 'contexts', 1),
    },
  };
}

/** Whether a slot or a buffer points to something. */
function isFull(place: unknown): boolean {
  const value: unknown = Array.isArray(place)
    ? place[0]
    : typeof place === 'object' && place !== null && 'value' in place
      ? place.value
      : null;
  return value !== null && value !== undefined;
}
