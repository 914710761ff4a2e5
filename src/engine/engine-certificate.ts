import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../core/errors.ts';
import type { EngineNode } from '../discovery/discovery.ts';

/** `auto`: engines on loopback addresses are spoken to without TLS. */
export type EngineTlsMode = 'auto' | 'on' | 'off';

const label = 'torii engine certificate';

/** What an engine's node says of its certificate counts only with this code, which takes the engine's key to make. */
export function certificateMac(
  key: string,
  node: Pick<EngineNode, 'host' | 'port' | 'refId' | 'attributes'>,
  fingerprint: string,
): string {
  const engineId = node.attributes.get('kyuubi.engine.id') ?? '';
  const facts = [label, `${node.host}:${node.port}`, engineId, node.refId ?? '', fingerprint];
  return createHmac('sha256', key).update(facts.join('\n')).digest('hex');
}

/**
 * Hex of the SHA-256 of the certificate that the engine has to show; undefined where it may be spoken to without TLS. Throws
 * `ENGINE_UNREACHABLE` where the node says nothing that can be relied on: nothing is sent to such an engine.
 */
export function engineCertificate(
  node: EngineNode,
  key: string,
  mode: EngineTlsMode,
): string | undefined {
  const where = `${node.host}:${node.port}`;
  const fingerprint = node.attributes.get('certificate');
  if (fingerprint === undefined) {
    if (mode === 'off' || (mode === 'auto' && isLoopback(node.host))) return undefined;
    throw new GatewayError(
      'ENGINE_UNREACHABLE',
      `the engine at ${where} has no certificate, and torii.engine.tls = ${mode} wants one`,
      { hint: 'End the engine, so that one with TLS is launched, or set torii.engine.tls to off.' },
    );
  }
  const wanted = Buffer.from(certificateMac(key, node, fingerprint));
  const given = Buffer.from(node.attributes.get('certificate.mac') ?? '');
  const hex = /^sha256:([0-9a-f]{64})$/.exec(fingerprint)?.[1];
  if (hex !== undefined && wanted.length === given.length && timingSafeEqual(wanted, given)) {
    return hex;
  }
  throw new GatewayError(
    'ENGINE_UNREACHABLE',
    `the certificate that ${where} is registered with was not written by that engine`,
    {
      hint: 'Gateways of one namespace need the same master secret; if these do, look who may write to ZooKeeper.',
    },
  );
}

/** By what is written, not by what a name resolves to: the engine judges the same text. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/i.test(host);
}
