/** A header of PROXY version 2 with these parts, right or wrong. */
export function proxyV2(
  versionAndCommand: number,
  family: number,
  addresses: Buffer,
  more: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head.writeUInt8(versionAndCommand, 12);
  head.writeUInt8(family, 13);
  head.writeUInt16BE(addresses.length + more.length, 14);
  return Buffer.concat([head, addresses, more]);
}
