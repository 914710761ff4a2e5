import type { Fetch } from '../../../../src/launch/yarn/rest-request.ts';
import type { Application } from '../../../../src/launch/yarn/rest-schemas.ts';

/** Resource managers behind `fetch`: what the active one knows, and what it has been asked. */
export class FakeManager {
  applications: Application[] = [];
  /** Asked from now on, the managers at these addresses are away. */
  readonly away = new Set<string>();
  /** Those that are standbys. */
  readonly standby = new Set<string>();
  /** Answered instead of anything else. */
  refusal: { readonly status: number; readonly body: string } | undefined;
  /** Whether orders to end an application are refused. */
  refusesKills = false;
  readonly asked: string[] = [];
  queues: readonly object[] = [{ queueName: 'default', state: 'RUNNING' }];

  readonly fetch: Fetch = async (address, init = {}) => {
    const url = new URL(address);
    const query = decodeURIComponent(url.search).replace(/&deSelects=[^&]*/, '');
    const body = typeof init.body === 'string' ? ` ${init.body}` : '';
    this.asked.push(`${init.method} ${url.origin}${url.pathname}${query}${body}`);
    if (this.away.has(url.origin)) {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    }
    if (this.standby.has(url.origin)) {
      return new Response('This is standby RM.', {
        status: 307,
        headers: { location: 'http://x' },
      });
    }
    if (this.refusal !== undefined) {
      return new Response(this.refusal.body, { status: this.refusal.status });
    }
    if (this.refusesKills && init.method === 'PUT') {
      const RemoteException = { message: 'may not end applications' };
      return Response.json({ RemoteException }, { status: 403 });
    }
    return this.#answer(init.method ?? 'GET', url);
  };

  #answer(method: string, { pathname, searchParams }: URL): Response {
    const path = pathname.replace('/ws/v1/cluster/', '');
    if (path === 'scheduler') {
      const schedulerInfo = {
        type: 'capacityScheduler',
        queueName: 'root',
        queues: { queue: this.queues },
      };
      return Response.json({ scheduler: { schedulerInfo } });
    }
    if (path === 'apps') {
      const tag = searchParams.get('applicationTags') ?? '';
      const app = this.applications.filter((one) => one.applicationTags.split(',').includes(tag));
      return Response.json({ apps: app.length === 0 ? null : { app } });
    }
    const [, id] = path.split('/');
    const found = this.applications.find((one) => one.id === id);
    if (found === undefined) {
      const RemoteException = { message: `app with id: ${id} not found` };
      return Response.json({ RemoteException }, { status: 404 });
    }
    return method === 'PUT'
      ? Response.json({ state: found.state }, { status: 202 })
      : Response.json({ app: found });
  }
}
