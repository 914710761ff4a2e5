import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';
import { ApiError } from './api-error.ts';
import { isFields } from './objects.ts';
import { apiVersionOf, resourceTypes } from './resources.ts';

const verbs = [
  ...['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
];

/** What is asked of the server itself, beside its objects. */
export function discoveryAnswer(
  request: IncomingMessage,
  body: Buffer,
  user: string,
  access: Access,
): unknown {
  const path = new URL(request.url ?? '/', 'http://cluster').pathname;
  if (request.method === 'POST' && path.endsWith('/selfsubjectaccessreviews'))
    return reviewAccess(body, user, access);
  if (request.method === 'GET') {
    if (['/healthz', '/livez', '/readyz'].includes(path)) return 'ok';
    if (path === '/version')
      return { major: '1', minor: '33', gitVersion: 'v1.33.0', platform: 'linux/amd64' };
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === '/apis') return groupList();
    const version = /^[/]apis?[/](.+?)[/]?$/.exec(path)?.[1];
    const types = resourceTypes.filter((type) => apiVersionOf(type) === version);
    if (types.length > 0) return resourceList(version ?? '');
  }
  throw new ApiError(404, 'the server could not find the requested resource');
}

function groupList(): unknown {
  const versions = resourceTypes.filter(({ group }) => group !== '').map(apiVersionOf);
  const groups = [...new Set(versions)].map((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    const one = { groupVersion, version };
    return { name, versions: [one], preferredVersion: one };
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

function resourceList(groupVersion: string): unknown {
  const resources = resourceTypes
    .filter((type) => apiVersionOf(type) === groupVersion)
    .map(({ plural, kind, isNamespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: isNamespaced,
      kind,
      verbs,
    }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function reviewAccess(body: Buffer, user: string, access: Access): unknown {
  const review: unknown = JSON.parse(body.toString('utf8'));
  const spec = isFields(review) && isFields(review['spec']) ? review['spec'] : {};
  const asked = isFields(spec['resourceAttributes']) ? spec['resourceAttributes'] : {};
  const { verb, resource, subresource, namespace } = asked;
  const what = [resource, subresource]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('/');
  const where = typeof namespace === 'string' ? namespace : undefined;
  const allowed = access.mayDo(user, String(verb), what, where);
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed },
  };
}
