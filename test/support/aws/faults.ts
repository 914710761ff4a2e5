/** A request as the stand-in saw it. */
export interface SeenCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Empty where nobody signed. */
  readonly caller: string;
  readonly atMs: number;
  /** Undefined while it goes on, and for one whose connection was cut. */
  status?: number;
  /** The error's code where it was refused. */
  code?: string;
}

/** `lost-reply`: done, and the connection cut before the answer. `cut`: cut before anything is done. */
export type Fault =
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
    }
  | { readonly kind: 'throttle' }
  | { readonly kind: 'lost-reply' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Waits until the test lets it go on. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Done at once, and not answered until the test lets it. */
  | { readonly kind: 'hold-reply'; readonly until: Promise<unknown> };

interface Planned {
  readonly matches: (call: SeenCall) => boolean;
  readonly fault: Fault;
  left: number;
}

/** What a test lets go wrong, and all that was asked. */
export class Faults {
  readonly calls: SeenCall[] = [];
  #planned: Planned[] = [];

  /**
   * The next so many matching calls get it; all of them for ever when no number is given.
   * `where` is `service:operation`, `service:*`, or a question about the call.
   */
  add(where: string | ((call: SeenCall) => boolean), fault: Fault, times = Infinity): void {
    const matches = typeof where === 'function' ? where : (call: SeenCall) => isNamed(call, where);
    this.#planned.push({ matches, fault, left: times });
  }

  clear(): void {
    this.#planned = [];
  }

  take(call: SeenCall): Fault | undefined {
    const found = this.#planned.find(({ left, matches }) => left > 0 && matches(call));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  /** How many calls there were, e.g. `count('emr-serverless:StartJobRun')`; with a code, how many were refused so. */
  count(where: string, code?: string): number {
    return this.calls.filter(
      (call) => isNamed(call, where) && (code === undefined || call.code === code),
    ).length;
  }

  forgetCalls(): void {
    this.calls.length = 0;
  }
}

const isNamed = ({ service, operation }: SeenCall, where: string) =>
  where === `${service}:${operation}` || where === `${service}:*`;
