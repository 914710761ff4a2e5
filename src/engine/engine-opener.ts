import type { Clock } from '../core/clock.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import { copyHandleId } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { EngineNode } from '../discovery/discovery.ts';
import { decodeReply, encodeCall } from '../wire/struct-codec.ts';
import { probeEngine } from './alive-probe.ts';
import type { ProbeSettings } from './alive-probe.ts';
import { engineCertificate } from './engine-certificate.ts';
import type { EngineTlsMode } from './engine-certificate.ts';
import { EngineSession } from './engine-session.ts';
import type { LaneSettings } from './engine-session.ts';
import { mintToken } from './engine-token.ts';
import type { TokenSettings } from './engine-token.ts';
import type { EngineClusters } from './engine-clusters.ts';
import type { EngineRequest, Engines } from './engines.ts';

/** What to do with a node that leads to no engine (kyuubi-contract 3). */
export type OnOpenFailure = 'RETRY' | 'DEREGISTER_IMMEDIATELY' | 'DEREGISTER_AFTER_RETRY';

export interface OpenerSettings {
  readonly maxAttempts: number;
  readonly retryWaitMs: number;
  readonly onFailure: OnOpenFailure;
  /** Undefined where engines don't check tokens. */
  readonly token: TokenSettings | undefined;
  readonly tls: EngineTlsMode;
  readonly lanes: LaneSettings;
}

export interface OpenRequest extends EngineRequest {
  /** Where the engine runs; undefined for the gateway's own host. */
  readonly cluster: string | undefined;
  readonly user: string;
  /** TProtocolVersion that the client was answered. */
  readonly protocol: number;
  /** What the engine's session is configured with, `use:` keys included. */
  readonly sessionConf: ReadonlyMap<string, string>;
  readonly onLost: (error: GatewayError) => void;
  /** Undefined: nobody asks the engine whether it is alive. */
  readonly probe: ProbeSettings | undefined;
}

/** An open session on an engine, and what the engine said of itself (`kyuubi.engine.id`, `.name`, `.url`). */
export interface OpenedSession {
  readonly session: EngineSession;
  readonly configuration: ReadonlyMap<string, string>;
}

/** SQLSTATE of an engine that is being retired: it takes no new sessions, and its node is gone in a moment. */
const retiringState = '08004';
const retiringWaitMs = 250;

/** Gets an engine and opens a session on it; an engine that turns out to be gone is replaced. */
export class EngineOpener {
  readonly #clusters: EngineClusters;
  readonly #clock: Clock;
  readonly #settings: OpenerSettings;

  constructor(clusters: EngineClusters, clock: Clock, settings: OpenerSettings) {
    this.#clusters = clusters;
    this.#clock = clock;
    this.#settings = settings;
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<OpenedSession> {
    const engines = this.#clusters.of(request.cluster);
    for (let attempt = 1; ; attempt++) {
      const node = await engines.acquire(request, signal);
      try {
        return await this.#openOn(engines, node, request, signal);
      } catch (thrown) {
        const failure = toGatewayError(thrown);
        signal.throwIfAborted();
        if (failure.code !== 'ENGINE_UNREACHABLE' && failure.code !== 'ENGINE_LOST') throw failure;
        request.say(`The engine at ${node.host}:${node.port} cannot be used: ${failure.message}`);
        await this.#afterUnreachable(engines, node, request, attempt, failure, signal);
      }
    }
  }

  /** Returns when another attempt makes sense. */
  async #afterUnreachable(
    engines: Engines,
    node: EngineNode,
    request: OpenRequest,
    attempt: number,
    failure: GatewayError,
    signal: AbortSignal,
  ): Promise<void> {
    const isLast = attempt > this.#settings.maxAttempts;
    if (failure.facts.sqlState === retiringState) {
      if (isLast) throw failure;
      await this.#clock.sleep(retiringWaitMs, signal);
      return;
    }
    if (await engines.hasEnded(node, signal)) {
      request.say(`Its process has ended: taking the node ${node.name} away`);
      await engines.deregister(request.ref, node);
      if (isLast) throw failure;
      return;
    }
    const { onFailure, retryWaitMs } = this.#settings;
    if (
      onFailure === 'DEREGISTER_IMMEDIATELY' ||
      (isLast && onFailure === 'DEREGISTER_AFTER_RETRY')
    ) {
      await engines.deregister(request.ref, node);
    }
    if (isLast) throw failure;
    if (onFailure !== 'DEREGISTER_IMMEDIATELY') await this.#clock.sleep(retryWaitMs, signal);
  }

  async #openOn(
    engines: Engines,
    node: EngineNode,
    request: OpenRequest,
    signal: AbortSignal,
  ): Promise<OpenedSession> {
    const { token, tls, lanes } = this.#settings;
    const key = engines.keyOf(node);
    const { session, openReply } = await EngineSession.connect(
      {
        node,
        certificate: engineCertificate(node, key, tls),
        user: request.user,
        password: tokens(key, token, this.#clock),
        settings: lanes,
        clock: this.#clock,
        onLost: request.onLost,
      },
      openCall(request),
      signal,
    );
    const close = (): void => session.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      const { handle, configuration } = opened(await openReply);
      session.handle = handle;
      session.canRewind = configuration.get('torii.engine.can.rewind') === 'true';
      if (request.probe !== undefined) {
        watchOver(session, request.probe, this.#clock, request.onLost);
      }
      return { session, configuration };
    } catch (failure) {
      session.close();
      throw failure;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }
}

/** Makes a password for each connection. Apart from where the request is known: what this holds, every session holds. */
function tokens(key: string, settings: TokenSettings | undefined, clock: Clock): () => string {
  return () => (settings === undefined ? 'anonymous' : mintToken(key, settings, clock.now()));
}

/** As `tokens`: apart from the request. */
function watchOver(
  session: EngineSession,
  probe: ProbeSettings,
  clock: Clock,
  onLost: (error: GatewayError) => void,
): void {
  void probeEngine(session, probe, clock).catch((thrown: unknown) => {
    onLost(toGatewayError(thrown));
  });
}

function openCall(request: OpenRequest): Buffer {
  return encodeCall('OpenSession', 0, {
    client_protocol: request.protocol,
    username: request.user,
    configuration: Object.fromEntries(request.sessionConf),
  });
}

function opened(frame: Buffer | undefined): {
  readonly handle: HandleId;
  readonly configuration: ReadonlyMap<string, string>;
} {
  if (frame === undefined) throw new Error('an OpenSession reply that nobody was to relay');
  const { status, sessionHandle, configuration } = decodeReply('OpenSession', frame.subarray(4));
  if (status.statusCode !== 0 || sessionHandle === undefined || sessionHandle === null) {
    throw new GatewayError(
      status.sqlState === retiringState ? 'ENGINE_UNREACHABLE' : 'ENGINE_REFUSED',
      status.errorMessage ?? 'the engine opened no session',
      {
        facts: {
          ...(status.sqlState ? { sqlState: status.sqlState } : {}),
          ...(status.errorCode ? { errorCode: status.errorCode } : {}),
        },
      },
    );
  }
  return {
    handle: copyHandleId(sessionHandle.sessionId),
    configuration: new Map(Object.entries(configuration ?? {})),
  };
}
