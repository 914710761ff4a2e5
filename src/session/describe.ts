import type { FixedResult } from '../operation/fixed-result.ts';
import type { Session } from './session.ts';

/** Answer of `KYUUBI DESCRIBE SESSION`; the last column is ours. */
export function describeSession(session: Session): FixedResult {
  return {
    columns: ['SESSION_ID', 'SESSION_USER', 'SESSION_TYPE', 'SESSION_REAL_USER'],
    rows: [[session.uuid, session.facts.user, 'INTERACTIVE', session.facts.realUser]],
  };
}

/** Answer of `KYUUBI DESCRIBE ENGINE`, once there is one. */
export function describeEngine(session: Session): FixedResult {
  const node = session.engine?.node;
  const fact = (key: string): string =>
    session.engineFacts.get(key) ?? node?.attributes.get(key) ?? '';
  const attributes = [...(node?.attributes ?? [])].map(([key, value]) => `${key} -> ${value}`);
  return {
    columns: [
      'ENGINE_ID',
      'ENGINE_NAME',
      'ENGINE_URL',
      'ENGINE_INSTANCE',
      'ENGINE_VERSION',
      'ENGINE_ATTRIBUTES',
    ],
    rows: [
      [
        fact('kyuubi.engine.id'),
        fact('kyuubi.engine.name'),
        fact('kyuubi.engine.url'),
        node === undefined ? '' : `${node.host}:${node.port}`,
        node?.version ?? '',
        attributes.join(','),
      ],
    ],
  };
}
