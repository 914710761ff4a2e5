import { fileURLToPath } from 'node:url';
import type { Settings } from '../config/entry.ts';

/** The jar that holds the engine and the class that starts it. */
export interface MainResource {
  readonly resource: string;
  readonly mainClass: string;
}

export const ownMainClass = 'io.torii.engine.EngineMain';
const kyuubiMainClass = 'org.apache.kyuubi.engine.spark.SparkSQLEngine';

/** The session's jar where it names one that exists, else ours (kyuubi-contract 1.7). */
export function mainResourceOf(
  settings: Settings,
  ownJar: string,
  exists: (path: string) => boolean,
): MainResource {
  const wanted = settings.get('kyuubi.session.engine.spark.main.resource')?.trim() ?? '';
  const path = localPath(wanted);
  const isUsable = wanted !== '' && (path === undefined || exists(path));
  const resource = isUsable ? (path ?? wanted) : ownJar;
  const isKyuubis = /(?:^|\/)kyuubi-spark-sql-engine[^/]*\.jar$/.test(resource);
  return { resource, mainClass: isKyuubis ? kyuubiMainClass : ownMainClass };
}

/** The file that a path or a URI names, undefined where it lies elsewhere. */
export function localPath(resource: string): string | undefined {
  if (resource.startsWith('file:///')) return fileURLToPath(resource);
  if (resource.startsWith('file:')) return resource.slice('file:'.length);
  return /^[a-zA-Z][\w+.-]+:/.test(resource) ? undefined : resource;
}
