import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyHeader } from '../../src/wire/proxy-header.ts';
import { proxyV2 } from '../support/proxy-header.ts';

const read = (text: string): ReturnType<typeof readProxyHeader> =>
  readProxyHeader(Buffer.from(text, 'latin1'));

describe('PROXY version 1', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n', '192.0.2.1'],
    ['PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8::2 1 65535\r\n', '2001:db8::1'],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n', '192.0.2.1'],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN ffff::1 whatever 1\r\n', undefined],
  ])('%j names %s', (line, source) => {
    expect(read(`${line}rest`)).toEqual({ lengthBytes: line.length, source });
  });

  it.each([
    'PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 1\r\n',
    'PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n',
    'PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP6 192.0.2.1 ::1 1 2\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
    'PROXY TCP6 1::2::3 ::1 1 2\r\n',
    'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY \r\n',
    'POST /cliservice HTTP/1.1\r\n',
    '\u0001\0\0\0\u0005PLAIN',
    `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`,
    `PROXY ${'x'.repeat(200)}`,
  ])('%j is refused', (line) => {
    expect(() => read(line)).toThrow(/PROXY/);
  });

  it('takes the longest line that there may be', () => {
    const line = `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`;
    expect(read(line)).toEqual({ lengthBytes: 107, source: undefined });
  });
});

describe('PROXY version 2', () => {
  const ipv4 = Buffer.from([192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2]);
  const ipv6 = Buffer.concat([
    Buffer.from('20010db8000000000000000000000001', 'hex'),
    Buffer.alloc(20),
  ]);

  it.each<[what: string, header: Buffer, source: string | undefined]>([
    ['IPv4', proxyV2(0x21, 0x11, ipv4), '192.0.2.1'],
    ['IPv6', proxyV2(0x21, 0x21, ipv6), '2001:db8::1'],
    ['more behind the addresses', proxyV2(0x21, 0x11, ipv4, Buffer.alloc(300, 7)), '192.0.2.1'],
    ['LOCAL', proxyV2(0x20, 0x00, Buffer.alloc(0)), undefined],
    ['LOCAL with an address', proxyV2(0x20, 0x11, ipv4), undefined],
    ['an unknown family', proxyV2(0x21, 0x00, Buffer.alloc(5)), undefined],
  ])('reads %s', (_, header, source) => {
    const bytes = Buffer.concat([header, Buffer.from('rest')]);
    expect(readProxyHeader(bytes)).toEqual({ lengthBytes: header.length, source });
  });

  it.each<[what: string, header: Buffer]>([
    ['version 1 in the form of version 2', proxyV2(0x11, 0x11, ipv4)],
    ['an unknown command', proxyV2(0x22, 0x11, ipv4)],
    ['UDP', proxyV2(0x21, 0x12, ipv4)],
    ['a UNIX socket', proxyV2(0x21, 0x31, Buffer.alloc(216))],
    ['addresses that are too short', proxyV2(0x21, 0x21, ipv4)],
    [
      'more than the limit, before it is there',
      proxyV2(0x21, 0x11, Buffer.alloc(5000)).subarray(0, 16),
    ],
  ])('refuses %s', (_, header) => {
    expect(() => readProxyHeader(header)).toThrow(/PROXY/);
  });
});

it('waits for a header that is there in part, and never reads beyond it', () => {
  const headers = [
    Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n'),
    proxyV2(0x21, 0x11, Buffer.from([192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2])),
  ];
  for (const header of headers) {
    for (let length = 0; length < header.length; length++) {
      expect(readProxyHeader(header.subarray(0, length))).toBeUndefined();
    }
    expect(readProxyHeader(header)?.lengthBytes).toBe(header.length);
  }
});

it('answers or throws for whatever bytes there are', () => {
  const starts = fc.constantFrom('PROXY TCP4 ', 'PROXY TCP6 ', '\r\n\r\n\0\r\nQUIT\n!');
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 150 }), (start, rest) => {
      const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
      try {
        expect(readProxyHeader(bytes)?.lengthBytes ?? 0).toBeLessThanOrEqual(bytes.length);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'WireError' });
      }
    }),
  );
});
