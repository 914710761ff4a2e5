import { z } from 'zod';
import type { Reloadable } from '../../../admin/reload.ts';
import { type RestRoute, route } from '../rest-route.ts';

interface Refresh {
  readonly path: string;
  readonly what: string;
  /** Undefined for what is read whenever it is needed. */
  readonly part: Reloadable | undefined;
}

const refreshes: readonly Refresh[] = [
  { path: 'hadoop_conf', what: 'Hadoop conf', part: undefined },
  { path: 'kubernetes_conf', what: 'Kubernetes conf', part: undefined },
  { path: 'user_defaults_conf', what: 'user defaults conf', part: 'user-defaults' },
  { path: 'unlimited_users', what: 'unlimited users', part: 'unlimited-users' },
  { path: 'deny_users', what: 'deny users', part: 'deny-users' },
  { path: 'deny_ips', what: 'deny ips', part: 'deny-ips' },
];

/** Parts of the configuration file that are read again (kyuubi-contract 8.6). */
export const refreshRoutes: readonly RestRoute[] = refreshes.map(({ path, what, part }) =>
  route({
    method: 'POST',
    path: `/api/v1/admin/refresh/${path}`,
    allows: 'administrators',
    query: z.object({}),
    answer(_, { reload }) {
      if (part !== undefined) reload(part);
      return `Refresh the ${what} successfully.`;
    },
  }),
);
