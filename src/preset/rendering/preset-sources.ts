import { GatewayError } from '../../core/errors.ts';
import { catalogSettings } from '../catalogs/catalog.ts';
import type { ClusterSpec } from '../cluster-spec.ts';
import { engineLineOf } from '../emr-releases.ts';
import type { Preset } from '../format/preset-schema.ts';
import type { SettingSource } from '../setting-source.ts';
import { encryptionSettings } from './encryption.ts';
import { sharingSettings } from './engine-sharing.ts';
import { eventLogSettings } from './event-log.ts';
import { refuseJars } from './lake-formation.ts';
import { lineageSettings } from './lineage.ts';
import { environmentSettings, plainSettings } from './plain-settings.ts';
import { queueSettingsOf } from './queue.ts';
import { icebergS3Settings, s3Settings } from './s3-client.ts';
import { sizeSettings } from './sizes.ts';

/** What a preset fixes on a kind of cluster, for images of a release. */
export function presetFixed(
  name: string,
  preset: Preset,
  clusterKind: ClusterSpec['kind'],
  release: string | undefined = preset.release,
): readonly SettingSource[] {
  const sources: SettingSource[] = [];
  const add = (part: string, settings: ReadonlyMap<string, string>, isSecret?: boolean): void => {
    sources.push({ name: `${part} of preset ${name}`, settings, isSecret });
  };
  add('sharing', sharingSettings(preset));
  if (preset.image !== undefined) add('image', imageSettings(name, preset.image, clusterKind));
  const released = release === undefined ? undefined : engineLineOf(release);
  const context = { clusterKind, sparkLine: preset.spark ?? released, release };
  for (const catalog of preset.catalogs ?? []) {
    const title = 'name' in catalog ? `${catalog.kind} ${catalog.name}` : catalog.kind;
    const settings = catalogSettings(catalog, context);
    add(`catalog ${title}`, settings);
    if (preset.s3 !== undefined) add('s3', icebergS3Settings(preset.s3, settings));
  }
  if (preset.s3 !== undefined) add('s3', s3Settings(preset.s3, clusterKind, release));
  if (preset.sizes !== undefined) add('sizes', sizeSettings(preset.sizes));
  if (preset.queue !== undefined) add('queue', queueSettingsOf(preset.queue, clusterKind));
  if (preset.eventLog !== undefined) {
    add('eventLog', eventLogSettings(preset.eventLog, clusterKind));
  }
  if (preset.lineage !== undefined) add('lineage', lineageSettings(preset.lineage));
  if (preset.encryption !== undefined) add('encryption', encryptionSettings(preset.encryption));
  add('environment', environmentSettings(preset.environment ?? {}));
  const secrets = plainSettings(`secrets of preset ${name}`, preset.secrets ?? {});
  add('secrets', secrets, true);
  add('fixedConf', plainSettings(`fixedConf of preset ${name}`, preset.fixedConf ?? {}));
  if (preset.lakeFormation === true) {
    refuseJars(name, [...sources, presetDefaults(name, preset)]);
    add('lakeFormation', new Map([['kyuubi.engine.share.level', 'CONNECTION']]));
  }
  return sources;
}

/** What a preset says where neither the session nor anything fixed does. */
export function presetDefaults(name: string, preset: Preset): SettingSource {
  const source = `defaultConf of preset ${name}`;
  return { name: source, settings: plainSettings(source, preset.defaultConf ?? {}) };
}

function imageSettings(
  preset: string,
  image: string,
  clusterKind: ClusterSpec['kind'],
): Map<string, string> {
  if (clusterKind === 'kubernetes' || clusterKind === 'emr-eks') {
    return new Map([['spark.kubernetes.container.image', image]]);
  }
  throw new GatewayError(
    'CONFIG_INVALID',
    `image of preset ${preset}: engines of a cluster of kind ${clusterKind} have no image`,
    { hint: 'Name the clusters that the preset is for, or take the image out of it.' },
  );
}
