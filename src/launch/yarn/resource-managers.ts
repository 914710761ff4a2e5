import { firstBytes } from './first-bytes.ts';
import { remoteException } from './rest-schemas.ts';
import { urlOf, type Fetch, type RestRequest } from './rest-request.ts';

/** No resource manager answered as the active one: nothing is known of any application. */
class ManagersUnreachable extends Error {
  constructor(reasons: readonly string[], cause: unknown) {
    super(`no active resource manager answers: ${reasons.join('; ')}`, { cause });
    this.name = 'ManagersUnreachable';
  }
}

/** The active resource manager said no, in `message`. */
export class ManagerRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ManagerRefusal';
    this.status = status;
  }
}

export interface ResourceManagersOptions {
  /** One web address for each manager. */
  readonly addresses: readonly string[];
  readonly user: string;
  /** How long one manager has for one answer. */
  readonly timeoutMs?: number;
  /** Longest answer that is read. */
  readonly maxAnswerBytes?: number;
  readonly fetch?: Fetch;
}

const defaultTimeoutMs = 10_000;
/** Ten thousand applications have less. */
const defaultMaxAnswerBytes = 32 * 1024 * 1024;

/** The resource managers of one cluster, of which one is active: the one that answered last is asked first. */
export class ResourceManagers {
  readonly #options: ResourceManagersOptions;
  #active = 0;

  constructor(options: ResourceManagersOptions) {
    this.#options = options;
  }

  /** The active manager's answer; rejects with `ManagersUnreachable` or `ManagerRefusal`, or when the signal fires. */
  async ask(request: RestRequest, signal: AbortSignal): Promise<unknown> {
    const { addresses } = this.#options;
    const reasons: string[] = [];
    let cause: unknown;
    for (let tried = 0; tried < addresses.length; tried++) {
      const at = (this.#active + tried) % addresses.length;
      const address = addresses[at] ?? '';
      try {
        const answer = await this.#askOne(address, request, signal);
        this.#active = at;
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ManagerRefusal) {
          this.#active = at;
          throw error;
        }
        cause = error;
        reasons.push(`${address}: ${reasonOf(error)}`);
      }
    }
    throw new ManagersUnreachable(reasons, cause);
  }

  async #askOne(address: string, request: RestRequest, signal: AbortSignal): Promise<unknown> {
    const send = this.#options.fetch ?? fetch;
    const response = await send(urlOf(address, request, this.#options.user), {
      method: request.method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      redirect: 'manual', // a standby names the active one by an address that need not lead there from here
      signal: AbortSignal.any([
        signal,
        AbortSignal.timeout(this.#options.timeoutMs ?? defaultTimeoutMs),
      ]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const text = await this.#textOf(response);
    if (isStandby(response)) throw new Error('it is a standby');
    if (response.status === 401) throw new ManagerRefusal(401, needsKerberos);
    if (response.status >= 502) throw new Error(`it answers ${response.status}`);
    const body = parsed(text);
    if (!response.ok) {
      const said = remoteException.safeParse(body);
      const message =
        said.success && said.data !== '' ? said.data : `it answers ${response.status}`;
      throw new ManagerRefusal(response.status, message);
    }
    if (body === undefined) throw new Error('its answer is no JSON: is it a resource manager?');
    return body;
  }

  async #textOf(response: Response): Promise<string> {
    const limit = this.#options.maxAnswerBytes ?? defaultMaxAnswerBytes;
    const bytes = await firstBytes(response, limit + 1);
    if (bytes.length > limit) throw new Error(`its answer has more than ${limit} bytes`);
    return bytes.toString('utf8');
  }
}

const needsKerberos =
  'the resource manager wants its REST callers authenticated (SPNEGO), which this launcher does not do';

/** A standby redirects; where no manager is active it answers with a page that asks to come again. */
function isStandby(response: Response): boolean {
  return (response.status >= 300 && response.status < 400) || response.headers.has('refresh');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says so
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides what happened in its error's cause.
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
