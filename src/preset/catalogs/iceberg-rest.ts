import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import {
  awsRegion,
  catalogName,
  folderUri,
  jarSource,
  secretReference,
  serviceUrl,
} from './catalog-fields.ts';
import { icebergCatalog } from './iceberg-catalog.ts';
import { jarSettings } from './table-format-jars.ts';

/** Iceberg tables behind a catalog service that speaks Iceberg's REST protocol. */
export const icebergRestSchema = z
  .strictObject({
    kind: z.literal('icebergRest'),
    name: catalogName,
    uri: serviceUrl,
    /** What the service calls the warehouse: a folder or a name of its own. */
    warehouse: z.union([folderUri, z.string().regex(/^[\w.:/-]+$/)]).optional(),
    /** OAuth2 client id and secret as `id:secret`, exchanged for tokens by the engine. */
    credential: secretReference.optional(),
    /** A token that is sent as it is; the engine can't renew it. */
    token: secretReference.optional(),
    /** Where the credential is exchanged, when the catalog service doesn't do it itself. */
    oauth2ServerUri: serviceUrl.optional(),
    scope: z
      .string()
      .regex(/^\S+( \S+)*$/)
      .optional(),
    /** Requests are signed the way AWS's own services want it. */
    sigv4: z
      .strictObject({ service: z.enum(['glue', 's3tables', 'execute-api']), region: awsRegion })
      .optional(),
    /** How the service lends access to the tables' files; without it the engine uses its own. */
    accessDelegation: z.enum(['vended-credentials', 'remote-signing']).optional(),
    /** How files are read and written: Hadoop's file systems, or Iceberg's own S3 client. */
    fileIo: z.enum(['hadoop', 's3']).default('s3'),
    default: z.boolean().default(false),
    jars: jarSource,
  })
  .refine(
    ({ credential, token, sigv4 }) =>
      [credential, token, sigv4].filter((login) => login !== undefined).length <= 1,
    'credential, token and sigv4 are three ways to log in: one of them at most',
  )
  .refine(
    ({ credential, oauth2ServerUri, scope }) =>
      credential !== undefined || (oauth2ServerUri === undefined && scope === undefined),
    'oauth2ServerUri and scope say how a credential is exchanged: there is none',
  );

export function icebergRestSettings(
  catalog: z.infer<typeof icebergRestSchema>,
  context: CatalogContext,
): [string, string][] {
  const { sigv4, fileIo } = catalog;
  return [
    ...icebergCatalog(
      { name: catalog.name, isDefault: catalog.default },
      {
        type: 'rest',
        uri: catalog.uri,
        warehouse: catalog.warehouse,
        'io-impl': fileIo === 's3' ? 'org.apache.iceberg.aws.s3.S3FileIO' : undefined,
        credential: catalog.credential,
        token: catalog.token,
        'oauth2-server-uri': catalog.oauth2ServerUri,
        scope: catalog.scope,
        'rest.sigv4-enabled': sigv4 && 'true',
        'rest.signing-name': sigv4?.service,
        'rest.signing-region': sigv4?.region,
        'header.X-Iceberg-Access-Delegation': catalog.accessDelegation,
      },
    ),
    ...jarSettings(
      fileIo === 's3' || sigv4 ? ['iceberg', 'iceberg-aws'] : ['iceberg'],
      catalog.jars,
      context,
    ),
  ];
}
