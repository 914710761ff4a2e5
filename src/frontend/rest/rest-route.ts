import type { z } from 'zod';
import type { EngineDirectory } from '../../admin/engine-directory.ts';
import type { LiveSessions } from '../../admin/live-sessions.ts';
import type { Reloadable } from '../../admin/reload.ts';
import type { Principal } from '../../auth/auth-provider.ts';
import type { AuditLog } from '../../telemetry/audit-log.ts';
import type { Log } from '../../telemetry/log.ts';

/** A gateway of the namespace, as its node tells. */
export interface RegisteredGateway {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Whom the door has let in. */
export interface RestCaller {
  readonly principal: Principal;
  readonly clientAddress: string;
}

/** What the routes work with. */
export interface RestParts {
  readonly sessions: LiveSessions;
  readonly engines: EngineDirectory;
  readonly gateways: () => Promise<readonly RegisteredGateway[]>;
  readonly reload: (part: Reloadable) => void;
  readonly administrators: ReadonlySet<string>;
  /** The caller as somebody else; throws `PROXY_USER_DENIED`. */
  readonly actingFor: (caller: RestCaller, user: string) => Promise<Principal>;
  readonly primaryGroupOf: (user: string) => Promise<string>;
  /** As whom SERVER engines are registered. */
  readonly serverUser: string;
  /** Share level of engines where a call names none. */
  readonly shareLevel: string;
  /** Takes secrets out of a statement and cuts it to so many characters. */
  readonly redact: (statement: string, limit: number) => string;
  /** `host:port` that Thrift clients are told of. */
  readonly instance: () => string;
  readonly namespace: string;
  readonly version: string;
  readonly audit: AuditLog;
  readonly now: () => number;
  readonly log: Log;
}

/** What a call has touched, for the audit trail. */
export interface Touched {
  session?: string;
  operation?: string;
  engine?: string;
}

export interface RestCall<Query> {
  readonly caller: RestCaller;
  readonly isAdministrator: boolean;
  readonly query: Query;
  /** The words of the path that the route leaves open. */
  readonly path: Readonly<Record<string, string>>;
  readonly touched: Touched;
}

/** One call of the API: `{word}` in its path stands for any segment. */
export interface RestRoute<Query = unknown> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Who may call it; `own`: anybody, for what is theirs, which the route itself sees to. */
  readonly allows: 'everybody' | 'own' | 'administrators';
  readonly query: z.ZodType<Query>;
  /** A text or a JSON value. */
  readonly answer: (call: RestCall<Query>, parts: RestParts) => unknown;
}

/** A route with its query's type hidden, so that routes of all queries go into one list. */
export function route<Query>(own: RestRoute<Query>): RestRoute {
  const { query, answer } = own;
  return {
    ...own,
    query,
    answer: (call, parts) => answer({ ...call, query: query.parse(call.query) }, parts),
  };
}
