import { ownName } from '../config/key-audience.ts';
import { entryByKey } from '../config/topics.ts';

/**
 * The one name of a setting that can be spelled in several ways: `sql.extensions` reaches an engine as `spark.sql.extensions`,
 * `spark.hive.x` is Hadoop's `hive.x`, and an entry has aliases. What is fixed is fixed under all of them.
 */
export function effectiveName(key: string): string {
  const name = ownName(key.trim());
  const entry = entryByKey.get(name);
  if (entry !== undefined) return entry.key;
  if (name.startsWith('kyuubi.') || name.startsWith('torii.')) return name;
  if (name.startsWith('spark.hive.')) return `spark.hadoop.${name.slice('spark.'.length)}`;
  if (name.startsWith('spark.')) return name;
  if (name.startsWith('hadoop.')) return `spark.hadoop.${name}`;
  return name.startsWith('hive.') ? `spark.hadoop.${name}` : `spark.${name}`;
}
