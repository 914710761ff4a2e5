/** `warning`: it works, with something to know; `unknown`: nobody who could tell may be asked. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'unknown';

/** What a look at one thing came to. */
export interface Finding {
  /** What was looked at, e.g. `application 00f1abcd`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen, as one sentence without its full stop. */
  readonly seen: string;
  /** What its reader can do. */
  readonly hint?: string | undefined;
}

export function ok(check: string, seen: string): Finding {
  return { check, verdict: 'ok', seen };
}

export function warning(check: string, seen: string, hint?: string): Finding {
  return { check, verdict: 'warning', seen, hint };
}

export function failed(check: string, seen: string, hint?: string): Finding {
  return { check, verdict: 'failed', seen, hint };
}

export function unknown(check: string, seen: string, hint?: string): Finding {
  return { check, verdict: 'unknown', seen, hint };
}

/** One moment in the life of an engine that was started to be looked at. */
export interface ProbeStep {
  readonly step: string;
  /** Since the beginning. */
  readonly atMs: number;
  readonly seen: string;
}
