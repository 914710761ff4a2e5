/** One value of ASN.1 in DER. */
export interface DerValue {
  /** The first byte: class, form and number. */
  readonly tag: number;
  readonly content: Buffer;
}

export const derTag = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  /** `[0]`, with other values within. */
  explicit0: 0xa0,
  /** `[0]`, in place of an octet string's own tag. */
  implicit0: 0x80,
} as const;

/** The values that stand one after the other. Throws an Error where the bytes are no such values. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value, end } = readValue(bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

/** The values within one of this tag. */
export function derWithin(value: DerValue | undefined, tag: number): DerValue[] {
  return derValues(derContent(value, tag));
}

export function derContent(value: DerValue | undefined, tag: number): Buffer {
  if (value?.tag !== tag) {
    throw new Error(`its ASN.1 has ${value?.tag ?? 'nothing'} where ${tag} belongs`);
  }
  return value.content;
}

/** An object identifier in its dotted form. */
export function derOid(value: DerValue | undefined): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of derContent(value, derTag.oid)) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...others] = numbers;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...others].join('.');
}

/** A whole number of at most six bytes. */
export function derInteger(value: DerValue | undefined): number {
  const bytes = derContent(value, derTag.integer);
  if (bytes.length < 1 || bytes.length > 6) throw new Error('its ASN.1 has a number out of range');
  return bytes.readUIntBE(0, bytes.length);
}

function readValue(bytes: Buffer, at: number): { value: DerValue; end: number } {
  const [tag, short] = bytes.subarray(at, at + 2);
  if (tag === undefined || short === undefined) throw cutOff();
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  const from = at + 2 + lengthBytes;
  if ((short >= 0x80 && lengthBytes === 0) || lengthBytes > 4) {
    throw new Error('its ASN.1 has a length that DER does not know');
  }
  if (from > bytes.length) throw cutOff();
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
  if (from + length > bytes.length) throw cutOff();
  return { value: { tag, content: bytes.subarray(from, from + length) }, end: from + length };
}

const cutOff = (): Error => new Error('its ASN.1 is cut off');
