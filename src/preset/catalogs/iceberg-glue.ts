import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { awsAccount, awsRegion, catalogName, folderUri, jarSource } from './catalog-fields.ts';
import { icebergCatalog } from './iceberg-catalog.ts';
import { jarSettings } from './table-format-jars.ts';

/** Iceberg tables in the AWS Glue Data Catalog. */
export const icebergGlueSchema = z.strictObject({
  kind: z.literal('icebergGlue'),
  name: catalogName.default('glue_catalog'),
  warehouse: folderUri,
  /** Whose Data Catalog; the engine's own account's unless told. */
  account: awsAccount.optional(),
  region: awsRegion.optional(),
  /** Data is read with what Lake Formation hands out, not with the engine's own role. */
  lakeFormation: z.boolean().default(false),
  default: z.boolean().default(false),
  jars: jarSource,
});

export function icebergGlueSettings(
  catalog: z.infer<typeof icebergGlueSchema>,
  context: CatalogContext,
): [string, string][] {
  return [
    ...icebergCatalog(
      { name: catalog.name, isDefault: catalog.default },
      {
        'catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
        'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
        warehouse: catalog.warehouse,
        'glue.id': catalog.account,
        'client.region': catalog.region,
        'glue.lakeformation-enabled': catalog.lakeFormation ? 'true' : undefined,
      },
    ),
    ...jarSettings(['iceberg', 'iceberg-aws'], catalog.jars, context),
  ];
}
