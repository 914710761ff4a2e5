import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { engineKey, mintToken } from '../../../src/engine/engine-token.ts';

describe('engineKey', () => {
  it('differs by launch and by secret, and is the same each time', () => {
    expect(engineKey('s', 'a')).toBe(engineKey('s', 'a'));
    expect(engineKey('s', 'a')).not.toBe(engineKey('s', 'b'));
    expect(engineKey('t', 'a')).not.toBe(engineKey('s', 'a'));
    expect(engineKey('s', 'a')).toMatch(/^[\w-]{43}$/);
  });
});

describe('mintToken', () => {
  it.each([128, 256])('is hex of IV and AES-%i-CBC of issue date and lifetime', (keyLengthBits) => {
    const key = engineKey('secret', 'tag');
    const token = mintToken(key, { keyLengthBits, lifetimeMs: 600_000 }, 1_750_000_000_000);
    expect(token).toMatch(/^[0-9a-f]+$/);
    const bytes = Buffer.from(token, 'hex');
    const aes = Buffer.from(key.slice(0, keyLengthBits / 8));
    const decipher = createDecipheriv(`aes-${keyLengthBits}-cbc`, aes, bytes.subarray(0, 16));
    const text = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString();
    expect(JSON.parse(text)).toEqual({ issueDate: 1_750_000_000_000, maxDate: 600_000 });
  });

  it('is another one each time', () => {
    const settings = { keyLengthBits: 128, lifetimeMs: 1 };
    expect(mintToken('k', settings, 0)).not.toBe(mintToken('k', settings, 0));
  });
});
