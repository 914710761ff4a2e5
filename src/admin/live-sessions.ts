import { GatewayError } from '../core/errors.ts';
import type { Operation } from '../operation/operation.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';

/** Which sessions or operations are asked for; each that is left out leaves nothing out. */
export interface LiveFilter {
  /** As whom sessions run. */
  readonly users?: ReadonlySet<string> | undefined;
  /** UUID of one session. */
  readonly session?: string | undefined;
}

export interface LiveOperation {
  readonly session: Session;
  readonly operation: Operation;
}

const closedByAdministrator = new GatewayError(
  'SESSION_CLOSED',
  'an administrator has closed the session',
);
const endedByAdministrator = new GatewayError(
  'OPERATION_CANCELED',
  'an administrator has closed the operation',
);

/** Sessions and operations of this gateway, whoever owns them. */
export class LiveSessions {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  list({ users, session }: LiveFilter = {}): Session[] {
    return [...this.#sessions].filter(
      (each) =>
        (users === undefined || users.has(each.facts.user)) &&
        (session === undefined || each.uuid === session),
    );
  }

  /** Launches of engines are among them. */
  operations(filter: LiveFilter = {}): LiveOperation[] {
    return this.list(filter).flatMap((session) =>
      [session.launch, ...session.operations].map((operation) => ({ session, operation })),
    );
  }

  /** Throws `SESSION_NOT_FOUND`. */
  async close(uuid: string): Promise<Session> {
    const [session] = this.list({ session: uuid });
    if (session === undefined) {
      throw new GatewayError('SESSION_NOT_FOUND', `no session ${uuid} is open here`, {
        hint: 'Each gateway knows its own sessions: ask the one that the list of sessions names.',
      });
    }
    await this.#sessions.close(session, closedByAdministrator);
    return session;
  }

  /** Throws `OPERATION_NOT_FOUND`, and `INVALID_ARGUMENT` for the launch of an engine. */
  async closeOperation(uuid: string): Promise<LiveOperation> {
    const found = this.operations().find(({ operation }) => operation.uuid === uuid);
    if (found === undefined) {
      throw new GatewayError('OPERATION_NOT_FOUND', `no operation ${uuid} is open here`);
    }
    const { session, operation } = found;
    if (operation.source.kind === 'launch') {
      throw new GatewayError('INVALID_ARGUMENT', 'the launch of an engine ends with its session', {
        hint: `Close the session ${session.uuid}.`,
      });
    }
    await this.#sessions.closeOperation(session, operation, endedByAdministrator);
    return found;
  }
}
