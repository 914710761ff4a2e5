import type { CatalogContext } from './catalog-context.ts';
import { isEmrImage, type JarNeed } from './table-format-jars.ts';

/** Whether Hadoop's own S3 client has to be brought in for a folder: EMR's images have one. */
export function storageNeeds(folder: string | undefined, context: CatalogContext): JarNeed[] {
  return isS3(folder) && !isEmrImage(context) ? ['s3a'] : [];
}

/** Hadoop knows `s3a://` alone; tables of AWS's services say `s3://`. */
export function storageSettings(
  folder: string | undefined,
  context: CatalogContext,
): [string, string][] {
  if (!folder?.startsWith('s3://') || isEmrImage(context)) return [];
  return [['spark.hadoop.fs.s3.impl', 'org.apache.hadoop.fs.s3a.S3AFileSystem']];
}

function isS3(folder: string | undefined): boolean {
  return folder !== undefined && /^s3a?:\/\//.test(folder);
}
