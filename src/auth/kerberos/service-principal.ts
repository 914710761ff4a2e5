import { GatewayError } from '../../core/errors.ts';

/** `service/host@REALM`, in parts. */
export interface ServicePrincipal {
  readonly name: string;
  readonly realm: string;
}

/**
 * The principal that a setting names, `_HOST` replaced by this host's full name in lower case. Throws CONFIG_INVALID, naming
 * `key`, for what is none.
 */
export async function servicePrincipal(
  text: string,
  key: string,
  hostName: () => Promise<string>,
): Promise<ServicePrincipal> {
  const [, service, realm] = /^([^/@\s]+\/[^/@\s]+)@([^/@\s]+)$/.exec(text) ?? [];
  if (service === undefined || realm === undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${key} is not the principal of a service with its realm: ${text}`,
      {
        hint: 'Write it as hive/_HOST@EXAMPLE.COM; _HOST is replaced by the full name of this host.',
      },
    );
  }
  const name = service.endsWith('/_HOST')
    ? `${service.slice(0, -'_HOST'.length)}${(await hostName()).toLowerCase()}`
    : service;
  return { name: `${name}@${realm}`, realm };
}
