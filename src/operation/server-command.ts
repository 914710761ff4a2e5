/** Statements that the gateway answers itself (kyuubi-contract 5.6). */
export type ServerCommand = 'describe-session' | 'describe-engine';

/** Longer statements are not looked at. */
const longestBytes = 200;

/** `(KYUUBI | KYUUBIADMIN) (DESC | DESCRIBE) (SESSION | ENGINE)`, any case, any number of semicolons behind it. */
export function serverCommand(statement: Buffer): ServerCommand | undefined {
  if (statement.length > longestBytes) return undefined;
  const match = /^\s*kyuubi(?:admin)?\s+desc(?:ribe)?\s+(session|engine)[\s;]*$/i.exec(
    statement.toString('utf8'),
  );
  if (match === null) return undefined;
  return match[1]?.toLowerCase() === 'session' ? 'describe-session' : 'describe-engine';
}
