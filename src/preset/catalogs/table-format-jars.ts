import { GatewayError } from '../../core/errors.ts';
import { isEmrKind } from '../emr-kind.ts';
import { isSince, parseRelease, type ReleaseLabel } from '../emr-releases.ts';
import type { JarSource } from './catalog-fields.ts';
import type { CatalogContext, SparkLine } from './catalog-context.ts';

/** What a catalog may need beside Spark itself. */
export type JarNeed = 'iceberg' | 'iceberg-aws' | 'delta' | 'unity' | 's3a';

/** Coordinates by Spark's line: the last release of each that was tried with it, or that names it as its own. */
const packages: Record<SparkLine, Partial<Record<JarNeed, string>>> = {
  '3.5': {
    iceberg: 'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0',
    'iceberg-aws': 'org.apache.iceberg:iceberg-aws-bundle:1.10.0',
    delta: 'io.delta:delta-spark_2.12:3.2.0',
    unity: 'io.unitycatalog:unitycatalog-spark_2.12:0.2.0',
    s3a: 'org.apache.hadoop:hadoop-aws:3.3.4',
  },
  '4.0': {
    iceberg: 'org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0',
    'iceberg-aws': 'org.apache.iceberg:iceberg-aws-bundle:1.10.0',
    delta: 'io.delta:delta-spark_2.13:4.0.0',
    s3a: 'org.apache.hadoop:hadoop-aws:3.4.1',
  },
  '4.1': {
    iceberg: 'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0',
    'iceberg-aws': 'org.apache.iceberg:iceberg-aws-bundle:1.11.0',
    s3a: 'org.apache.hadoop:hadoop-aws:3.4.2',
  },
};

/** Where images of EMR have the jars of table formats. */
export const imageJars = '/usr/share/aws/';

/**
 * `spark.jars` and `spark.jars.packages` that bring the needed jars in; empty where they are there already. Throws
 * CONFIG_INVALID where nobody knows which jars these would be.
 */
export function jarSettings(
  needs: readonly JarNeed[],
  source: JarSource,
  context: CatalogContext,
): [string, string][] {
  if (source === 'image') return [];
  if (source !== 'auto') return [['spark.jars', source.join(',')]];
  const bundled = bundledJars(needs, context);
  const coordinates = needs
    .filter((need) => !bundled.has(need))
    .map((need) => packageOf(need, context.sparkLine ?? '3.5'));
  const paths = [...bundled.values()].flat();
  return [
    ...(paths.length === 0 ? [] : [['spark.jars', paths.join(',')] satisfies [string, string]]),
    ...(coordinates.length === 0
      ? []
      : [['spark.jars.packages', coordinates.join(',')] satisfies [string, string]]),
  ];
}

/** Whether the engine's image is one of EMR's, which reads `s3://` by itself. Throws CONFIG_INVALID for one that is too old. */
export function isEmrImage(context: CatalogContext): boolean {
  return emrImage(context) !== undefined;
}

function bundledJars(
  needs: readonly JarNeed[],
  context: CatalogContext,
): ReadonlyMap<JarNeed, readonly string[]> {
  const emr = emrImage(context);
  if (emr === undefined) return new Map();
  if (emr.isOfSparkAlone && needs.some((need) => need === 'iceberg' || need === 'delta')) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `where images of ${context.release ?? `EMR with Spark ${context.sparkLine}`} have the jars of Iceberg and Delta is not known here`,
      {
        hint: "Name them in the catalog's jars, or say jars: image where Spark finds them itself.",
      },
    );
  }
  // Elsewhere than in pods, what submits the engine stands on the image as well, and plain paths are what EMR documents.
  const isInPods = context.clusterKind === 'kubernetes' || context.clusterKind === 'emr-eks';
  const root = `${isInPods ? 'local://' : ''}${imageJars}`;
  const delta = emr.major < 7 ? 'delta-core' : 'delta-spark';
  const all = new Map<JarNeed, readonly string[]>([
    ['iceberg', [`${root}iceberg/lib/iceberg-spark3-runtime.jar`]],
    ['iceberg-aws', []], // Iceberg's jar there has the AWS parts inside
    ['delta', [`${root}delta/lib/${delta}.jar`, `${root}delta/lib/delta-storage.jar`]],
    ['s3a', []],
  ]);
  return new Map([...all].filter(([need]) => needs.includes(need)));
}

/** Undefined for what is no image of EMR. */
function emrImage({ release, clusterKind, sparkLine }: CatalogContext): Image | undefined {
  if (release === undefined) {
    if (!isEmrKind(clusterKind)) return undefined;
    // Whichever it is, an engine runs on nothing older, and the paths are the same on all of them.
    const isOfSparkAlone = sparkLine !== undefined && sparkLine !== '3.5';
    return { isOfSparkAlone, major: isOfSparkAlone ? 8 : 7 };
  }
  if (!release.startsWith('emr-')) return undefined;
  const emr = parseRelease(release);
  if (emr === undefined) {
    throw new GatewayError('CONFIG_INVALID', `${release} is no release of EMR`, {
      hint: 'One is written emr-7.8.0, emr-7.8.0-latest or emr-spark-8.0.0.',
    });
  }
  if (!isSince(emr, 6, 9)) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${release} has no jars of Iceberg and Delta that are known here`,
      { hint: 'emr-6.9.0 is the oldest release that has.' },
    );
  }
  return emr;
}

type Image = Pick<ReleaseLabel, 'isOfSparkAlone' | 'major'>;

function packageOf(need: JarNeed, line: SparkLine): string {
  const coordinates = packages[line][need];
  if (coordinates !== undefined) return coordinates;
  throw new GatewayError('CONFIG_INVALID', `no jars of ${need} are known for Spark ${line}`, {
    hint: "Name them in the catalog's jars, or say jars: image where the image has them.",
  });
}
