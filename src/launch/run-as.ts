import type { Settings } from '../config/entry.ts';

/** Whom Spark shall impersonate, and whom a pod's `SPARK_USER_NAME` names (kyuubi-contract 1.6). */
export interface RunAs {
  readonly proxyUser: string | undefined;
  readonly sparkUserName: string;
}

/** With `kyuubi.engine.doAs.enabled` the engine runs as its user: by that user's own keytab, else by impersonation. */
export function runAs(
  conf: Settings,
  siteDefaults: Settings,
  appUser: string,
  osUser: string,
): RunAs {
  const option = (key: string): string | undefined => conf.get(key) ?? siteDefaults.get(key);
  const isImpersonating =
    option('spark.kyuubi.engine.doAs.enabled')?.toLowerCase() !== 'false' && appUser !== osUser;
  const wanted = isImpersonating ? appUser : osUser;

  const principal = option('spark.kerberos.principal');
  const hasKeytab = principal !== undefined && option('spark.kerberos.keytab') !== undefined;
  if (hasKeytab && principal.split(/[/@]/)[0] === wanted) {
    return { proxyUser: undefined, sparkUserName: wanted };
  }
  return { proxyUser: isImpersonating ? appUser : undefined, sparkUserName: wanted };
}
