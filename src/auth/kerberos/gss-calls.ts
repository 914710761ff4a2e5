import type { Address, GssLibrary, NativeBuffer, Slot } from './gss-library.ts';
import type { GssFailure } from './kerberos-failure.ts';

const majorKind = 1;
const minorKind = 2;
/** A status has one message mostly. */
const mostMessages = 8;

/**
 * A native call off the event loop; `call` starts it and hands over what it is told at the end. What is `kept` stays where it is
 * in memory until then.
 */
export function away(
  call: (done: (failure: Error | null, major: number) => void) => void,
  kept: unknown[],
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  call((failure, major) => {
    kept.length = 0;
    if (failure === null) resolve(major >>> 0);
    else reject(failure);
  });
  return promise;
}

/** What a buffer holds, which is released, whatever happens. */
export function takeBytes(gss: GssLibrary, buffer: NativeBuffer): Buffer {
  try {
    return gss.bytesOf(buffer);
  } finally {
    // The library frees nothing that is empty, and yet an empty signed message comes in memory of its own.
    if (buffer.value !== null && buffer.length === 0) buffer.length = 1;
    gss.releaseBuffer([0], buffer);
  }
}

/** A failure in the library's words. */
export function failureOf(gss: GssLibrary, major: number, minor: number): GssFailure {
  const words = [
    ...(major === 0 ? [] : messages(gss, major, majorKind)),
    ...(minor === 0 ? [] : messages(gss, minor, minorKind)),
  ];
  return { major, minor, text: words.join('; ') };
}

function messages(gss: GssLibrary, status: number, kind: number): string[] {
  const found: string[] = [];
  const next: Slot<number> = [0];
  do {
    const text: NativeBuffer = { length: 0, value: null };
    const major = gss.displayStatus([0], status, kind, null, next, text);
    if (major !== 0) break;
    found.push(takeBytes(gss, text).toString('utf8'));
  } while (next[0] !== 0 && found.length < mostMessages);
  return found;
}

/** The text of a name, which is released, too. Undefined where the library has none for it. */
export function takeName(gss: GssLibrary, name: Slot<Address | null>): string | undefined {
  const text: NativeBuffer = { length: 0, value: null };
  try {
    if (gss.displayName([0], name[0], text, null) !== 0) return undefined;
    return takeBytes(gss, text).toString('utf8');
  } finally {
    gss.releaseName([0], name);
  }
}
