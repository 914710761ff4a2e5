import type { Preset } from '../format/preset-schema.ts';

type Lineage = NonNullable<Preset['lineage']>;

/** OpenLineage's listener, and where it sends what it hears. */
export function lineageSettings(lineage: Lineage): Map<string, string> {
  const settings = new Map([
    ['spark.extraListeners', 'io.openlineage.spark.agent.OpenLineageSparkListener'],
    ...transportOf(lineage),
  ]);
  for (const [key, value] of Object.entries(lineage.options ?? {})) {
    settings.set(`spark.openlineage.${key}`, value);
  }
  if (lineage.jars !== undefined) settings.set('spark.jars', lineage.jars.join(','));
  return settings;
}

function transportOf(lineage: Lineage): [string, string][] {
  switch (lineage.kind) {
    case 'openlineage':
      return [
        ...Object.entries(lineage.transport).map(([key, value]): [string, string] => [
          `spark.openlineage.transport.${key}`,
          value,
        ]),
        ...(lineage.namespace === undefined
          ? []
          : [['spark.openlineage.namespace', lineage.namespace] satisfies [string, string]]),
        ...(lineage.packages === undefined
          ? []
          : [['spark.jars.packages', lineage.packages.join(',')] satisfies [string, string]]),
      ];
    case 'datazone':
      return [
        ['spark.openlineage.transport.type', 'amazon_datazone_api'],
        ['spark.openlineage.transport.domainId', lineage.domainId],
        ['spark.glue.accountId', lineage.accountId],
      ];
  }
}
