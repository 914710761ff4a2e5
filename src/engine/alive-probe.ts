import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { encodeCall } from '../wire/struct-codec.ts';
import type { EngineSession } from './engine-session.ts';

export interface ProbeSettings {
  readonly intervalMs: number;
  /** Without an answer for this long the engine is lost. */
  readonly timeoutMs: number;
}

/** CLI_DBMS_VER: the cheapest question there is. */
const versionInfo = 18;

/**
 * Asks the engine on a second connection whether it is alive (`kyuubi.session.engine.alive.probe.enabled`): a host that hangs
 * closes no connection. Returns when the session is closed; throws `ENGINE_LOST` when the answers stay away.
 */
export async function probeEngine(
  session: EngineSession,
  settings: ProbeSettings,
  clock: Clock,
): Promise<void> {
  const { handle, ended } = session;
  if (handle === undefined) return;
  const call = encodeCall('GetInfo', 0, {
    sessionHandle: { sessionId: handle },
    infoType: versionInfo,
  });
  let answeredMs = clock.monotonicMs();
  while (!ended.aborted) {
    await clock.sleep(settings.intervalMs, ended).catch(() => {});
    if (ended.aborted) return;
    const answer = session.call(call, { urgent: true }).then(
      () => (answeredMs = clock.monotonicMs()),
      () => undefined,
    );
    await Promise.race([answer, clock.sleep(settings.intervalMs, ended).catch(() => {})]);
    if (clock.monotonicMs() - answeredMs < settings.timeoutMs) continue;
    throw new GatewayError(
      'ENGINE_LOST',
      `the engine has not answered for ${settings.timeoutMs} ms`,
      {
        hint: 'Connect again. kyuubi.session.engine.alive.timeout sets the limit.',
      },
    );
  }
}
