import { fixedSize, ttype } from './binary-protocol.ts';
import { WireError } from './wire-error.ts';

/** One level of the message that is being walked. */
type Level =
  | { readonly kind: 'struct' }
  | { readonly kind: 'elements'; readonly types: readonly number[]; left: number; next: number };

/** What the next small value means. */
type Expecting =
  | 'version'
  | 'strict-name-length'
  | 'old-kind'
  | 'seq-id'
  | 'field-type'
  | 'field-id'
  | 'string-length'
  | 'list-header'
  | 'map-header';

const sizeOf: Readonly<Record<Expecting, number>> = {
  version: 4,
  'strict-name-length': 4,
  'old-kind': 1,
  'seq-id': 4,
  'field-type': 1,
  'field-id': 2,
  'string-length': 4,
  'list-header': 5,
  'map-header': 6,
};

const maxDepth = 32;
const maxNameBytes = 256;

/**
 * Finds where messages end in a stream that nothing frames (NOSASL): walks over the fields as they arrive and never twice.
 * Lengths are checked against what the message may still take before a byte of the value is kept.
 */
export class MessageScanner {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  /** Bytes of the present message that were taken over in earlier chunks. */
  #held = 0;
  #levels: Level[] = [];
  #expecting: Expecting = 'version';
  #afterName: Expecting = 'seq-id';
  #fieldType = 0;
  #skip = 0;
  readonly #small = Buffer.alloc(6);
  #smallHas = 0;
  #isDone = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the unfinished message that are held. */
  get heldBytes(): number {
    return this.#held;
  }

  /** The messages that this chunk completes. */
  *push(chunk: Buffer): Generator<Buffer> {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      at = this.#step(chunk, at, this.#held + at - from);
      if (!this.#isDone) continue;
      const end = chunk.subarray(from, at);
      const message = this.#held === 0 ? end : Buffer.concat([...this.#chunks, end]);
      this.#reset();
      from = at;
      yield message;
    }
    if (from < chunk.length) {
      this.#chunks.push(chunk.subarray(from));
      this.#held += chunk.length - from;
      this.#fits(0, this.#held);
    }
  }

  /** Takes some bytes from `at`; `taken` is how many the message has before them. Answers the new position. */
  #step(chunk: Buffer, at: number, taken: number): number {
    if (this.#skip > 0) {
      const bytes = Math.min(this.#skip, chunk.length - at);
      this.#skip -= bytes;
      if (this.#skip === 0) this.#valueEnded();
      return at + bytes;
    }
    const wanted = sizeOf[this.#expecting];
    const bytes = Math.min(wanted - this.#smallHas, chunk.length - at);
    chunk.copy(this.#small, this.#smallHas, at, at + bytes);
    this.#smallHas += bytes;
    if (this.#smallHas === wanted) {
      this.#smallHas = 0;
      this.#accept(taken + bytes);
    }
    return at + bytes;
  }

  #accept(taken: number): void {
    switch (this.#expecting) {
      case 'version': {
        const first = this.#small.readInt32BE(0);
        if (first < 0) {
          if ((first & 0xffff0000) >>> 0 !== 0x80010000)
            throw new WireError('malformed', 'wrong magic');
          this.#expecting = 'strict-name-length';
          return;
        }
        return this.#name(first, 'old-kind');
      }
      case 'strict-name-length':
        return this.#name(this.#small.readInt32BE(0), 'seq-id');
      case 'old-kind':
        this.#expecting = 'seq-id';
        return;
      case 'seq-id':
        this.#levels.push({ kind: 'struct' });
        this.#expecting = 'field-type';
        return;
      case 'field-type':
        this.#fieldType = this.#small.readUInt8(0);
        if (this.#fieldType === ttype.stop) {
          this.#levels.pop();
          return this.#valueEnded();
        }
        this.#expecting = 'field-id';
        return;
      case 'field-id':
        return this.#valueBegins(this.#fieldType);
      case 'string-length':
        return this.#skipBytes(this.#small.readInt32BE(0), 1, taken);
      case 'list-header':
        return this.#elements([this.#small.readUInt8(0)], this.#small.readInt32BE(1), taken);
      case 'map-header': {
        const types = [this.#small.readUInt8(0), this.#small.readUInt8(1)];
        return this.#elements(types, this.#small.readInt32BE(2), taken);
      }
    }
  }

  #name(length: number, after: Expecting): void {
    if (length <= 0 || length > maxNameBytes) {
      throw new WireError('malformed', `a method name of ${length} bytes`);
    }
    this.#afterName = after;
    this.#skip = length;
  }

  #valueBegins(type: number): void {
    const size = fixedSize(type);
    if (size > 0) {
      this.#skip = size;
      return;
    }
    switch (type) {
      case ttype.string:
        this.#expecting = 'string-length';
        return;
      case ttype.struct:
        this.#deeper({ kind: 'struct' });
        this.#expecting = 'field-type';
        return;
      case ttype.list:
      case ttype.set:
        this.#expecting = 'list-header';
        return;
      case ttype.map:
        this.#expecting = 'map-header';
        return;
      default:
        throw new WireError('malformed', `unknown type code ${type}`);
    }
  }

  #elements(types: readonly number[], count: number, taken: number): void {
    const sizes = types.map(fixedSize);
    if (sizes.every((size) => size > 0)) {
      return this.#skipBytes(
        count,
        sizes.reduce((sum, size) => sum + size, 0),
        taken,
      );
    }
    this.#fits(count, taken);
    if (count === 0) return this.#valueEnded();
    this.#deeper({ kind: 'elements', types, left: count * types.length, next: 0 });
    this.#nextElement();
  }

  #skipBytes(count: number, each: number, taken: number): void {
    this.#fits(count * each, taken);
    this.#skip = count * each;
    if (this.#skip === 0) this.#valueEnded();
  }

  /** Every element takes a byte at least, so a count is a length that can be checked. */
  #fits(bytes: number, taken: number): void {
    if (bytes < 0) throw new WireError('malformed', 'negative length');
    if (taken + bytes > this.#limitBytes) {
      throw new WireError('too-large', `a message of over ${this.#limitBytes} bytes`);
    }
  }

  /** A value is behind us: what follows depends on where it stood. */
  #valueEnded(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) {
      if (this.#expecting === 'version' || this.#expecting === 'strict-name-length') {
        this.#expecting = this.#afterName;
        return;
      }
      this.#isDone = true;
      return;
    }
    if (level.kind === 'struct') {
      this.#expecting = 'field-type';
      return;
    }
    if (level.left === 0) {
      this.#levels.pop();
      return this.#valueEnded();
    }
    this.#nextElement();
  }

  #nextElement(): void {
    const level = this.#levels.at(-1);
    if (level?.kind !== 'elements') throw new Error('no list or map is open');
    const type = level.types[level.next] ?? ttype.stop;
    level.next = (level.next + 1) % level.types.length;
    level.left--;
    this.#valueBegins(type);
  }

  #deeper(level: Level): void {
    if (this.#levels.length >= maxDepth) {
      throw new WireError('malformed', `nested deeper than ${maxDepth} levels`);
    }
    this.#levels.push(level);
  }

  #reset(): void {
    this.#chunks = [];
    this.#held = 0;
    this.#levels = [];
    this.#expecting = 'version';
    this.#skip = 0;
    this.#smallHas = 0;
    this.#isDone = false;
  }
}
