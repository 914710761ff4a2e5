/** What all of Iceberg's catalogs share: the extensions of its SQL, and the class that answers for the name. */
export function icebergCatalog(
  { name, isDefault }: { readonly name: string; readonly isDefault: boolean },
  properties: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  const key = `spark.sql.catalog.${name}`;
  // Spark's own catalog has tables of other formats too: this class hands them on.
  const type = name === 'spark_catalog' ? 'SparkSessionCatalog' : 'SparkCatalog';
  return [
    ['spark.sql.extensions', 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions'],
    [key, `org.apache.iceberg.spark.${type}`],
    ...Object.entries(properties).flatMap(([property, value]): [string, string][] =>
      value === undefined ? [] : [[`${key}.${property}`, value]],
    ),
    ...(isDefault ? [['spark.sql.defaultCatalog', name] satisfies [string, string]] : []),
  ];
}
