import { expect, it } from 'vitest';
import { LineSplitter } from '../../../src/launch/line-splitter.ts';

function linesOf(chunks: readonly (string | Buffer)[], limit?: number): readonly string[] {
  const splitter = new LineSplitter(limit);
  const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]);
  return [...lines, ...splitter.end()];
}

it('makes lines of bytes, wherever they are parted', () => {
  const text = Buffer.from('one\ntwo é\r\n\nlast');
  const bytes = Array.from(text, (_, at) => text.subarray(at, at + 1));
  expect(linesOf(bytes)).toEqual(['one', 'two é', '', 'last']);
});

it('cuts a line that is too long and goes on with the next', () => {
  expect(linesOf(['x'.repeat(50), 'y'.repeat(50), '\nz\n'], 20)).toEqual([`${'x'.repeat(20)}...`, 'z']); // prettier-ignore
});

it('makes binary junk safe to show', () => {
  expect(linesOf([Buffer.from([0, 27, 0xff, 0x41, 9, 10])])).toEqual(['\ufffd\ufffd\ufffdA\t']);
});
