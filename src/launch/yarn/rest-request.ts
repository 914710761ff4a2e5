/** One call of the resource manager's REST API, without the address of the manager that is active. */
export interface RestRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As Node's own `fetch`, which it is outside of tests. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** What makes most of an application's description and that nobody here reads. A manager that doesn't know it ignores it. */
const leftOut = [
  'resourceRequests',
  'timeouts',
  'appNodeLabelExpression',
  'amNodeLabelExpression',
  'resourceInfo',
].join(',');

/** All applications, alive and ended, that carry the tag. */
export function taggedApplications(applicationTag: string): RestRequest {
  const query = { applicationTags: applicationTag, deSelects: leftOut };
  return { method: 'GET', path: '/ws/v1/cluster/apps', query };
}

export function oneApplication(id: string): RestRequest {
  return { method: 'GET', path: `/ws/v1/cluster/apps/${encodeURIComponent(id)}`, query: {} };
}

export function killOf(id: string): RestRequest {
  return {
    method: 'PUT',
    path: `/ws/v1/cluster/apps/${encodeURIComponent(id)}/state`,
    query: {},
    body: JSON.stringify({ state: 'KILLED' }),
  };
}

export function schedulerState(): RestRequest {
  return { method: 'GET', path: '/ws/v1/cluster/scheduler', query: {} };
}

/** The address to fetch. `user` is whom a cluster without authentication takes the caller for. */
export function urlOf(address: string, request: RestRequest, user: string): string {
  const url = new URL(address.replace(/\/+$/, '') + request.path);
  for (const [name, value] of Object.entries(request.query)) url.searchParams.set(name, value);
  url.searchParams.set('user.name', user);
  return url.href;
}
