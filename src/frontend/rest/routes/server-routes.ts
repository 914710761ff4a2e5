import { z } from 'zod';
import { type RestRoute, route } from '../rest-route.ts';

/** Gateways of the namespace (kyuubi-contract 8.4, 8.6). */
export const serverRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/admin/server',
    allows: 'administrators',
    query: z.object({}),
    answer: async (_, { gateways, namespace }) =>
      (await gateways()).map(({ name, host, port, attributes }) => ({
        nodeName: name,
        namespace,
        instance: `${host}:${port}`,
        host,
        port,
        attributes: Object.fromEntries(attributes),
        status: 'Running',
      })),
  }),
];
