import type { EngineNode } from './discovery.ts';

/**
 * Reads `serverUri=host:port;version=V;k=v;...;refId=uuid;sequence=0000000001`. Values may hold `=` (Base64), so only the
 * first one of a part divides it. A name that is no engine's gives undefined.
 */
export function parseEngineNode(name: string): EngineNode | undefined {
  const attributes = new Map<string, string>();
  for (const part of name.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) attributes.set(part.slice(0, at), part.slice(at + 1));
  }
  const address = /^([^:\s]+):(\d{1,5})$/.exec(attributes.get('serverUri') ?? '');
  if (address === null || sequenceOf(name) === undefined) return undefined;
  const [, host = '', port = ''] = address;
  if (Number(port) < 1 || Number(port) > 65535) return undefined;
  return {
    name,
    host,
    port: Number(port),
    version: attributes.get('version') ?? '',
    refId: attributes.get('refId'),
    attributes,
  };
}

/** The engines among a space's children, oldest first; other names are left out. */
export function enginesOf(names: readonly string[]): readonly EngineNode[] {
  return names
    .map((name) => parseEngineNode(name))
    .filter((node) => node !== undefined)
    .toSorted((a, b) => (sequenceOf(a.name) ?? 0) - (sequenceOf(b.name) ?? 0));
}

/** The number that the store has put after `sequence=`; below zero once its counter has overflowed. */
function sequenceOf(name: string): number | undefined {
  const match = /;sequence=(-?\d{10})$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
