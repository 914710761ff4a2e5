import type { ApiRequest } from './api-request.ts';

export interface SeenRequest extends ApiRequest {
  readonly user: string;
  readonly atMs: number;
  /** Undefined while it goes on, and for one whose connection was cut. */
  status: number | undefined;
}

/** `lost-reply`: done, and the connection cut before the answer. `cut`: cut before anything is done. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly message?: string;
      readonly reason?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'lost-reply' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Waits until the test lets it go on. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> };

interface Planned {
  readonly matches: (request: ApiRequest) => boolean;
  readonly fault: Fault;
  left: number;
}

/** What a test lets go wrong, and all that was asked. */
export class Faults {
  readonly requests: SeenRequest[] = [];
  #planned: Planned[] = [];

  /** The next so many matching requests get it; all of them for ever when no number is given. */
  add(matches: (request: ApiRequest) => boolean, fault: Fault, times = Infinity): void {
    this.#planned.push({ matches, fault, left: times });
  }

  clear(): void {
    this.#planned = [];
  }

  take(request: ApiRequest): Fault | undefined {
    const found = this.#planned.find(({ left, matches }) => left > 0 && matches(request));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  /** How many requests there were, e.g. `count('list', 'pods')`; those of one user where it is named. */
  count(verb: string, plural: string, user?: string): number {
    return this.requests.filter(
      (request) =>
        request.verb === verb &&
        request.resource.plural === plural &&
        request.subresource === '' &&
        (user === undefined || request.user === user),
    ).length;
  }

  forgetRequests(): void {
    this.requests.length = 0;
  }
}
