import { z } from 'zod';
import { type RestRoute, route } from '../rest-route.ts';

/** kyuubi-contract 8.1 */
export const rootRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/ping',
    allows: 'everybody',
    query: z.object({}),
    answer: () => 'pong',
  }),
  route({
    method: 'GET',
    path: '/api/v1/version',
    allows: 'everybody',
    query: z.object({}),
    answer: (_, { version }) => ({ version }),
  }),
];
