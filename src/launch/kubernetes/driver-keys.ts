import type { Settings } from '../../config/entry.ts';
import { SubmitError } from '../job-platform.ts';

const driverPrefix = 'spark.kubernetes.driver.';
const inTemplate = 'Put it into the pod template of the cluster (podTemplate).';

/** Below the driver's prefix, what the driver's pod or service is made of. */
const realised =
  /^(?:(?:label|annotation|node\.selector|secrets|secretKeyRef|volumes|service\.label|service\.annotation)\..|(?:container\.image|request\.cores|limit\.cores|scheduler\.name|podTemplateContainerName|master)$)/;

/** Below the driver's prefix, what the driver itself reads. */
const readByDriver =
  /^(?:ownPersistentVolumeClaim|reusePersistentVolumeClaim|waitToReusePersistentVolumeClaim|connectionTimeout|requestTimeout|service\.deleteOnTermination|resourceNamePrefix|pod\.name)$/;

/** What only Spark's own submission would do: refused rather than dropped in silence. */
const notHere: readonly (readonly [RegExp, string])[] = [
  [
    /^spark\.kubernetes\.driver\.podTemplateFile$/,
    'The template of the cluster (podTemplate) is used.',
  ],
  [
    /^spark\.kubernetes\.driver\.(?:service\.ip|pod\.(?:featureSteps|excludedFeatureSteps)$)/,
    inTemplate,
  ],
  [/^spark\.kubernetes\.(?:kerberos\.|hadoop\.configMapName$)/, inTemplate],
  [
    /^spark\.kubernetes\.authenticate\.(?:submission|driver\.(?!serviceAccountName$|mounted\.))/,
    "The kubeconfig of the cluster says how the gateway logs in, the driver's service account how the driver does.",
  ],
];

/**
 * Looks for settings that Spark's own submission would turn into something and that this launcher does not. Throws a
 * `SubmitError` (refused) that names the first one.
 */
export function refuseUnrealised(conf: Settings): void {
  for (const key of conf.keys()) {
    const advice = notHere.find(([pattern]) => pattern.test(key))?.[1];
    if (advice !== undefined) throw refused(key, advice);
    if (!key.startsWith(driverPrefix)) continue;
    const rest = key.slice(driverPrefix.length);
    if (!realised.test(rest) && !readByDriver.test(rest)) throw refused(key, inTemplate);
  }
}

function refused(key: string, hint: string): SubmitError {
  return new SubmitError('refused', `${key} is not supported on this cluster`, { hint });
}
