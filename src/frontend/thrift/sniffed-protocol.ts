/** What a client speaks, by its first bytes (hiveserver2-wire 1.2). */
export type SniffedProtocol = 'sasl' | 'unframed' | 'framed' | 'tls' | 'http' | 'garbage';

/** Answers undefined while the bytes don't suffice: five always do. */
export function sniff(bytes: Buffer): SniffedProtocol | undefined {
  const [first] = bytes;
  switch (first) {
    case undefined:
      return undefined;
    case 0x01:
      return 'sasl';
    case 0x80:
      return 'unframed';
    case 0x16:
      return 'tls';
    case 0x00:
      // A length: of a frame without SASL, or of the method's name in Thrift's old form.
      if (bytes.length < 5) return undefined;
      return bytes[4] === 0x80 ? 'framed' : 'unframed';
    case 0x50:
      // P: of POST, PUT, PATCH; or of a PROXY header, which is for the addresses alone that are trusted with it.
      if (bytes.length < 2) return undefined;
      return bytes[1] === 0x52 ? 'garbage' : 'http';
    default:
      return httpFirstBytes.has(first) ? 'http' : 'garbage';
  }
}

/** First letters of GET, HEAD, OPTIONS, DELETE, CONNECT, TRACE. */
const httpFirstBytes: ReadonlySet<number> = new Set(Buffer.from('GHODCT'));
