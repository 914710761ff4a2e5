/** One value of DER: its tag and the bytes of its content. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

export const derTags = { octets: 0x04, objectId: 0x06, sequence: 0x30, context0: 0xa0 } as const;

/** The values that stand one behind the other. Throws RangeError where the bytes are not such. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = byteAt(bytes, at);
    const first = byteAt(bytes, at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || lengthBytes > 4)
      throw new RangeError('not DER: a length of another kind');
    const start = at + 2 + lengthBytes;
    if (start > bytes.length) throw new RangeError('not DER: it is cut off');
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    if (start + length > bytes.length) throw new RangeError('not DER: it is cut off');
    values.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

/** The values within the one at this place, which has to be of this tag. */
export function derWithin(values: readonly DerValue[], place: number, tag: number): DerValue[] {
  return derValues(derContent(values, place, tag));
}

export function derContent(values: readonly DerValue[], place: number, tag: number): Buffer {
  const value = values[place];
  if (value?.tag !== tag) throw new RangeError(`not of the form: no value of tag ${tag}`);
  return value.content;
}

/** An object identifier as it is written, e.g. `1.2.840.113549.1.7.1`. */
export function derObjectId(values: readonly DerValue[], place: number): string {
  const [first = 0, ...others] = numbersOf(derContent(values, place, derTags.objectId));
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - 40 * top, ...others].join('.');
}

function numbersOf(bytes: Buffer): number[] {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  return numbers;
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError('not DER: it is cut off');
  return byte;
}
