import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { parseEngineNode } from '../../../src/discovery/engine-node.ts';
import { certificateMac, engineCertificate } from '../../../src/engine/engine-certificate.ts';
import type { EngineTlsMode } from '../../../src/engine/engine-certificate.ts';

const key = 'the key of this engine';
const hash = 'ab'.repeat(32);
const facts = { host: '10.0.0.7', port: 4711, engineId: 'app-1', refId: 'tag-1' };
const shown = `certificate=sha256:${hash}`;

/** As the engine would have made it, from facts that may differ from those that its node shows. */
function signed(by: string, of: Partial<typeof facts> = {}, fingerprint = `sha256:${hash}`) {
  const { host, port, engineId, refId } = { ...facts, ...of };
  const attributes = new Map([['kyuubi.engine.id', engineId]]);
  return `certificate.mac=${certificateMac(by, { host, port, refId, attributes }, fingerprint)}`;
}

/** What is made of a node with these attributes: the hash, undefined for no TLS, or the refusal. */
function outcome(
  mode: EngineTlsMode,
  attributes: readonly string[],
  host = facts.host,
): string | undefined {
  const parts = [`serverUri=${host}:4711`, 'kyuubi.engine.id=app-1', 'refId=tag-1', ...attributes];
  const node = parseEngineNode([...parts, 'sequence=0000000001'].join(';'));
  if (node === undefined) throw new Error('not a node');
  try {
    return engineCertificate(node, key, mode);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return `${thrown.code}: ${thrown.message}`;
  }
}

const forged = `ENGINE_UNREACHABLE: the certificate that 10.0.0.7:4711 is registered with was not written by that engine`;

describe('the certificate in an engine’s node', () => {
  it.each(['auto', 'on', 'off'] as const)('counts where the engine signed it, with %s', (mode) => {
    expect(outcome(mode, [shown, signed(key)])).toBe(hash);
  });

  it.each([
    ['unsigned', []],
    ['signed with another key', [signed('another key')]],
    ['taken from another address', [signed(key, { host: '10.0.0.8' })]],
    ['taken from another port', [signed(key, { port: 4712 })]],
    ['taken from another engine', [signed(key, { engineId: 'app-2' })]],
    ['taken from another launch', [signed(key, { refId: 'tag-2' })]],
    ['put in the place of the signed one', [signed(key, {}, `sha256:${'cd'.repeat(32)}`)]],
  ])('is refused when it is %s', (_, attributes) => {
    for (const mode of ['auto', 'on', 'off'] as const) {
      expect(outcome(mode, [shown, ...attributes])).toBe(forged);
    }
  });

  it('is refused when it is signed and no hash of a kind that is known', () => {
    expect(outcome('on', ['certificate=md5:ab', signed(key, {}, 'md5:ab')])).toBe(forged);
  });
});

describe('an engine without a certificate', () => {
  it.each(['127.0.0.1', '127.8.0.1', 'localhost'])(
    'is spoken to on %s, unless TLS is on',
    (host) => {
      expect(outcome('auto', [], host)).toBeUndefined();
      expect(outcome('off', [], host)).toBeUndefined();
      expect(outcome('on', [], host)).toMatch(/^ENGINE_UNREACHABLE: .* has no certificate/);
    },
  );

  it.each(['10.0.0.7', 'host', '127.0.0.1.example.org', 'localhost.example.org'])(
    'is not spoken to on %s, unless TLS is off',
    (host) => {
      expect(outcome('auto', [], host)).toBe(
        `ENGINE_UNREACHABLE: the engine at ${host}:4711 has no certificate, and torii.engine.tls = auto wants one`,
      );
      expect(outcome('on', [], host)).toMatch(/^ENGINE_UNREACHABLE: /);
      expect(outcome('off', [], host)).toBeUndefined();
    },
  );
});
