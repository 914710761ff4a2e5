import type { Sidecar } from '../preset/catalogs/sidecar.ts';

/**
 * Why a launch that needs containers beside its driver can't be where there are none; `place`: e.g. `on YARN`. Undefined for one
 * that needs none. An engine without them would come up and find nothing.
 */
export function sidecarTrouble(
  sidecars: readonly Sidecar[],
  place: string,
): { readonly message: string; readonly hint: string } | undefined {
  if (sidecars.length === 0) return undefined;
  const names = sidecars.map(({ name }) => name).join(', ');
  return {
    message: `the preset needs containers beside the driver (${names}), which engines ${place} can't have`,
    hint: 'Use a Kubernetes cluster with launcher: pod, or a catalog in a form without one (external, dedicated).',
  };
}
