import { WireError } from './wire-error.ts';

/** The PROXY header that a load balancer puts in front of what its client sends. */
export interface ProxyHeader {
  /** Of the header; what follows is the client's. */
  readonly lengthBytes: number;
  /** The client's IP address; undefined where the balancer speaks for itself or does not know. */
  readonly source: string | undefined;
}

/** Of version 1, its line's end included. */
const longestLineBytes = 107;
/** Of version 2, with what a balancer adds of its own behind the addresses. */
const limitBytes = 4096;
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const lineStart = Buffer.from('PROXY ', 'latin1');

/** Answers undefined while the bytes don't suffice; throws for what is no such header, or too long. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsAs(bytes, lineStart)) return readLine(bytes);
  if (startsAs(bytes, signature)) return readBinary(bytes);
  throw malformed('no PROXY header where one is required');
}

/** Whether the bytes that there are begin as the expected ones do. */
function startsAs(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length);
  return bytes.subarray(0, length).equals(expected.subarray(0, length));
}

/** `PROXY TCP4 <source> <destination> <port> <port>\r\n`, TCP6 likewise, or `PROXY UNKNOWN ...\r\n`. */
function readLine(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, longestLineBytes).indexOf('\r\n', 0, 'latin1');
  if (end < 0) {
    if (bytes.length < longestLineBytes) return undefined;
    throw new WireError('too-large', `a PROXY line of over ${longestLineBytes} bytes`);
  }
  const lengthBytes = end + 2;
  const [, family, ...rest] = bytes.subarray(0, end).toString('latin1').split(' ');
  if (family === 'UNKNOWN') return { lengthBytes, source: undefined };
  const canonical =
    family === 'TCP4' ? canonicalIpv4 : family === 'TCP6' ? canonicalIpv6 : () => undefined;
  const [source = '', destination = '', ...ports] = rest;
  const address = canonical(source);
  const isWhole = rest.length === 4 && canonical(destination) !== undefined && ports.every(isPort);
  if (address === undefined || !isWhole) throw malformed('a PROXY line that can not be read');
  return { lengthBytes, source: address };
}

/**
 * `signature:12 | version and command:1 | family and transport:1 | length:2 | addresses and more:length`. Over TCP the
 * addresses are source, destination, then the two ports.
 */
function readBinary(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length < 16) return undefined;
  const [versionAndCommand, family] = bytes.subarray(12, 14);
  const lengthBytes = 16 + bytes.readUInt16BE(14);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) {
    throw malformed('a PROXY header of an unknown version or command');
  }
  if (lengthBytes > limitBytes) {
    throw new WireError(
      'too-large',
      `a PROXY header of ${lengthBytes} bytes; the limit is ${limitBytes}`,
    );
  }
  if (bytes.length < lengthBytes) return undefined;
  const isLocal = versionAndCommand === 0x20;
  if (isLocal || family === 0x00) return { lengthBytes, source: undefined };
  const addresses = bytes.subarray(16, lengthBytes);
  if (family === 0x11 && addresses.length >= 12) {
    return { lengthBytes, source: addresses.subarray(0, 4).join('.') };
  }
  if (family === 0x21 && addresses.length >= 36) {
    const groups = Array.from({ length: 8 }, (_, i) => addresses.readUInt16BE(2 * i).toString(16));
    return { lengthBytes, source: canonicalIpv6(groups.join(':')) };
  }
  throw malformed('a PROXY header without addresses over TCP');
}

function canonicalIpv4(text: string): string | undefined {
  const parts = text.split('.');
  const isAddress =
    parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256);
  return isAddress ? text : undefined;
}

/** The shortest form; an IPv4 address in IPv6 form comes back as the former, as that of a direct client does. */
function canonicalIpv6(text: string): string | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return undefined;
  const address = url.hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(Number.parseInt(high, 16), 0);
  bytes.writeUInt16BE(Number.parseInt(low, 16), 2);
  return bytes.join('.');
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function malformed(message: string): WireError {
  return new WireError('malformed', message);
}
