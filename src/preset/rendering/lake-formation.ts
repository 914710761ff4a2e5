import { GatewayError } from '../../core/errors.ts';
import { imageJars } from '../catalogs/table-format-jars.ts';
import type { SettingSource } from '../setting-source.ts';

/** Lake Formation takes its engines as they come: with the release's own image and no jars beside its own. */
export const forbiddenByLakeFormation: readonly string[] = [
  'spark.jars',
  'spark.jars.packages',
  'spark.driver.extraClassPath',
  'spark.executor.extraClassPath',
  'spark.kubernetes.container.image',
  'spark.kubernetes.driver.container.image',
  'spark.kubernetes.executor.container.image',
];

/** Throws CONFIG_INVALID, naming the source, for a preset that can't be had with Lake Formation. */
export function refuseJars(preset: string, sources: readonly SettingSource[]): void {
  for (const { name, settings } of sources) {
    const key = forbiddenByLakeFormation.find((one) => {
      const value = settings.get(one);
      return value !== undefined && !isOfRelease(value);
    });
    if (key === undefined) continue;
    throw new GatewayError(
      'CONFIG_INVALID',
      `lakeFormation of preset ${preset} allows no image and no jars of one's own, and ${name} sets ${key}`,
    );
  }
}

/** Jars that the release's own image has. */
function isOfRelease(value: string): boolean {
  const jars = value.replaceAll(`local://${imageJars}`, imageJars).split(/[,:]/);
  return jars.every((jar) => jar.startsWith(imageJars));
}
