import type { IncomingMessage } from 'node:http';
import { findResource, type ResourceType } from './resources.ts';

export type Verb =
  'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** What a request asks for, as the server's rules and a test's faults see it. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: ResourceType;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly query: URLSearchParams;
  /** The path with its query, as it was asked. */
  readonly path: string;
}

const places = [
  /^[/]api[/](?<version>v1)(?:[/]namespaces[/](?<namespace>[^/]+))?[/](?<plural>[a-z]+)(?:[/](?<name>[^/]+))?(?:[/](?<sub>[a-z]+))?$/,
  /^[/]apis[/](?<group>[^/]+)[/](?<version>[^/]+)(?:[/]namespaces[/](?<namespace>[^/]+))?[/](?<plural>[a-z]+)(?:[/](?<name>[^/]+))?(?:[/](?<sub>[a-z]+))?$/,
];
const oneNamespace =
  /^[/]api[/]v1[/]namespaces(?:[/](?<name>[^/]+))?(?:[/](?<sub>status|finalize))?$/;

/** Nothing for a path that no resource has. */
export function readRequest(request: IncomingMessage): ApiRequest | undefined {
  const url = new URL(request.url ?? '/', 'http://cluster');
  const path = decodeURI(url.pathname);
  let groups = oneNamespace.exec(path)?.groups;
  if (groups !== undefined) groups = { ...groups, version: 'v1', plural: 'namespaces' };
  for (const place of places) groups ??= place.exec(path)?.groups;
  if (groups === undefined) return undefined;
  const { group = '', version = '', plural = '', namespace, name = '', sub = '' } = groups;
  const resource = findResource(group, version, plural);
  if (resource === undefined) return undefined;
  if (!resource.isNamespaced && namespace !== undefined) return undefined;
  const verb = verbOf(request.method ?? 'GET', name, url.searchParams);
  if (verb === undefined) return undefined;
  return {
    verb,
    resource,
    subresource: sub,
    namespace,
    name,
    query: url.searchParams,
    path: `${url.pathname}${url.search}`,
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb | undefined {
  const isWatch = ['true', '1'].includes(query.get('watch') ?? '');
  switch (method) {
    case 'POST':
      return 'create';
    case 'GET':
      if (isWatch) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}
