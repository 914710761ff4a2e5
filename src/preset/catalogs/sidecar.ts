/** The value of an environment variable: in the open, or a key of a Kubernetes secret in the engine's namespace. */
export type SidecarValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly secret: string; readonly key: string };

/**
 * A container that runs beside the driver, in the driver's pod and no other. The launcher that makes the pod has it start
 * before the driver, hold the driver back until `port` takes connections, and end with the driver.
 */
export interface Sidecar {
  readonly name: string;
  readonly image: string;
  readonly port: number;
  readonly environment: ReadonlyMap<string, SidecarValue>;
}
