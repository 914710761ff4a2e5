import { randomFillSync, randomUUID, timingSafeEqual } from 'node:crypto';

/** A THandleIdentifier: who it is (16 bytes, a big-endian UUID) and the proof that the holder was told of it. */
export interface HandleId {
  readonly guid: Buffer;
  readonly secret: Buffer;
}

/** Kyuubi's engines and ours give every handle this secret and never check it (kyuubi-contract 4.3). */
export const engineHandleSecret: Buffer = uuidToBytes('c2ee5b97-3ea0-41fc-ac16-9bd708ed8f38');

export function newHandleId(): HandleId {
  const bytes = Buffer.allocUnsafeSlow(32); // not of the pool: a handle that lives for hours would keep 64 KiB of it
  bytes.write(randomUUID().replaceAll('-', ''), 'hex');
  randomFillSync(bytes, 16);
  return { guid: bytes.subarray(0, 16), secret: bytes.subarray(16) };
}

/** A handle that another end chose, in memory of its own. */
export function copyHandleId(handle: {
  readonly guid: Uint8Array;
  readonly secret: Uint8Array;
}): HandleId {
  const bytes = Buffer.allocUnsafeSlow(32);
  bytes.set(handle.guid, 0);
  bytes.set(handle.secret, 16);
  return { guid: bytes.subarray(0, 16), secret: bytes.subarray(16) };
}

/** Constant-time: a wrong secret takes as long as a right one. */
export function secretMatches(handle: HandleId, secret: Uint8Array): boolean {
  return secret.length === handle.secret.length && timingSafeEqual(secret, handle.secret);
}

export function uuidToBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export function bytesToUuid(guid: Uint8Array): string {
  const hex = Buffer.from(guid.buffer, guid.byteOffset, guid.length).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
