import { z } from 'zod';
import type {
  EngineFilter,
  RegisteredEngine,
  RetiredEngine,
} from '../../../admin/engine-directory.ts';
import { readShareLevel } from '../../../admin/engine-directory.ts';
import { GatewayError } from '../../../core/errors.ts';
import { administratorRequired } from '../administrator-required.ts';
import { word } from './query-words.ts';
import { type RestCall, type RestParts, type RestRoute, route } from '../rest-route.ts';

/** The one that there is. */
const engineType = 'SPARK_SQL';

const flag = word.pipe(z.enum(['true', 'false']).default('false')).default('false');

const query = z.object({
  type: word.optional(),
  sharelevel: word.optional(),
  subdomain: word.optional(),
  proxyUser: word.optional(),
  'hive.server2.proxy.user': word.optional(),
  /** Everybody's. */
  all: flag,
});

type EngineQuery = z.infer<typeof query>;

/** Engines of all gateways, by their nodes (kyuubi-contract 8.4, 8.6). */
export const engineRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/admin/engine',
    allows: 'own',
    query,
    async answer(call, parts) {
      const filter = await filterOf(call, parts);
      return (await parts.engines.list(filter)).map(engineData);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/admin/engine',
    allows: 'own',
    query: query.extend({ kill: flag }),
    async answer(call, parts) {
      const { subdomain = 'default', kill } = call.query;
      const filter = await filterOf(call, parts);
      const retired = await parts.engines.retire({ ...filter, subdomain }, kill === 'true');
      call.touched.engine = retired.map(({ engine }) => engine.node.refId ?? '').join(' ');
      return retired.map(sentenceOf).join('\n');
    },
  }),
];

/** Whose engines; throws where they are not the caller's to see. */
async function filterOf(call: RestCall<EngineQuery>, parts: RestParts): Promise<EngineFilter> {
  const { type = engineType, sharelevel = parts.shareLevel } = call.query;
  const { subdomain, proxyUser, all } = call.query;
  if (type.toUpperCase() !== engineType) {
    throw new GatewayError('INVALID_ARGUMENT', `engines of type ${type} are not run here`, {
      hint: 'Leave type out, or set it to SPARK_SQL.',
    });
  }
  const shareLevel = readShareLevel(sharelevel);
  if (shareLevel === undefined) {
    throw new GatewayError('INVALID_ARGUMENT', `${sharelevel} is no share level`, {
      hint: 'There are CONNECTION, USER, GROUP and SERVER.',
    });
  }
  const isShared = shareLevel === 'GROUP' || shareLevel === 'SERVER';
  if (!call.isAdministrator && (isShared || all === 'true'))
    throw administratorRequired(call.caller);
  if (all === 'true') return { shareLevel, subdomain, routingUser: undefined };
  if (shareLevel === 'SERVER') return { shareLevel, subdomain, routingUser: parts.serverUser };
  const wanted = proxyUser ?? call.query['hive.server2.proxy.user'] ?? '';
  const user = await userOf(call, parts, wanted);
  const routingUser = shareLevel === 'GROUP' ? await parts.primaryGroupOf(user) : user;
  return { shareLevel, subdomain, routingUser };
}

/** Administrators may ask for anybody's; others for those of whom they may act for. */
async function userOf(
  { caller, isAdministrator }: RestCall<EngineQuery>,
  { actingFor }: RestParts,
  wanted: string,
): Promise<string> {
  if (isAdministrator && wanted !== '') return wanted;
  const principal = wanted === '' ? caller.principal : await actingFor(caller, wanted);
  return principal.actsFor ?? principal.user;
}

function engineData({ node, paths, shareLevel, ...engine }: RegisteredEngine): object {
  return {
    version: node.version,
    user: engine.routingUser,
    engineType,
    sharelevel: shareLevel,
    subdomain: engine.subdomain,
    instance: `${node.host}:${node.port}`,
    namespace: paths.space,
    attributes: Object.fromEntries(node.attributes),
    cluster: engine.cluster,
  };
}

function sentenceOf({ engine, kill }: RetiredEngine): string {
  const { node, paths } = engine;
  const name = `Engine ${node.host}:${node.port} in ${paths.space}`;
  if (kill === undefined) {
    return `${name} is retired: it takes no new sessions and ends with its last one.`;
  }
  return kill.isEnded
    ? `${name} is retired and has ended.`
    : `${name} is retired but was not killed: ${kill.reason ?? 'it goes on'}.`;
}
