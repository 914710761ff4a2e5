import { z } from 'zod';
import { serviceUrl } from './catalog-fields.ts';

/** Where a Unity Catalog answers: a Databricks workspace, or the address of any other server's API. */
export const unityServer = z.union([
  z.strictObject({ workspace: serviceUrl }),
  z.strictObject({ uri: serviceUrl }),
]);

const workspaceApi = '/api/2.1/unity-catalog';

/** Address of Unity's own API. */
export function unityApi(server: z.infer<typeof unityServer>): string {
  return 'uri' in server ? server.uri : `${server.workspace.replace(/\/+$/, '')}${workspaceApi}`;
}

/** Address of its Iceberg side. */
export function unityIcebergApi(server: z.infer<typeof unityServer>): string {
  return 'uri' in server ? server.uri : `${unityApi(server)}/iceberg-rest`;
}
