import { GatewayError } from '../../core/errors.ts';
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

/** A release of EMR: its images have the table formats' jars, S3 and Glue's client. */
interface EmrRelease {
  /** One of Spark alone, `emr-spark-8.0.0`. */
  readonly isOfSparkAlone: boolean;
  readonly major: number;
  readonly minor: number;
}

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
  const bundled = bundledJars(needs, context.release);
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
export function isEmrRelease(release: string | undefined): boolean {
  return emrRelease(release) !== undefined;
}

function bundledJars(
  needs: readonly JarNeed[],
  release: string | undefined,
): ReadonlyMap<JarNeed, readonly string[]> {
  const emr = emrRelease(release);
  if (emr === undefined) return new Map();
  if (emr.isOfSparkAlone && needs.some((need) => need === 'iceberg' || need === 'delta')) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `where images of ${release} have the jars of Iceberg and Delta is not known here`,
      {
        hint: "Name them in the catalog's jars, or say jars: image where Spark finds them itself.",
      },
    );
  }
  const delta = '/usr/share/aws/delta/lib';
  const all = new Map<JarNeed, readonly string[]>([
    ['iceberg', ['/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar']],
    ['iceberg-aws', []], // Iceberg's jar there has the AWS parts inside
    [
      'delta',
      [
        `${delta}/${emr.major < 7 ? 'delta-core' : 'delta-spark'}.jar`,
        `${delta}/delta-storage.jar`,
      ],
    ],
    ['s3a', []],
  ]);
  return new Map([...all].filter(([need]) => needs.includes(need)));
}

/** Undefined for what is no release of EMR. */
function emrRelease(release: string | undefined): EmrRelease | undefined {
  if (release === undefined || !release.startsWith('emr-')) return undefined;
  const [, own, major, minor] =
    /^emr-(spark-)?(\d+)\.(\d+)\.\d+(-[a-z0-9-]+)?$/.exec(release) ?? [];
  if (major === undefined || minor === undefined) {
    throw new GatewayError('CONFIG_INVALID', `${release} is no release of EMR`, {
      hint: 'One is written emr-7.8.0, emr-7.8.0-latest or emr-spark-8.0.0.',
    });
  }
  const emr = {
    isOfSparkAlone: own !== undefined,
    major: Number(major),
    minor: Number(minor),
  };
  if (emr.major < 6 || (emr.major === 6 && emr.minor < 9)) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${release} has no jars of Iceberg and Delta that are known here`,
      { hint: 'emr-6.9.0 is the oldest release that has.' },
    );
  }
  return emr;
}

function packageOf(need: JarNeed, line: SparkLine): string {
  const coordinates = packages[line][need];
  if (coordinates !== undefined) return coordinates;
  throw new GatewayError('CONFIG_INVALID', `no jars of ${need} are known for Spark ${line}`, {
    hint: "Name them in the catalog's jars, or say jars: image where the image has them.",
  });
}
