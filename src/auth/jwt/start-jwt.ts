import { jwtEntries } from '../../config/entries/jwt.ts';
import { GatewayError } from '../../core/errors.ts';
import { missing, withoutStop } from '../started-provider.ts';
import type { ProviderParts, StartedProvider } from '../started-provider.ts';
import { JwtProvider } from './jwt-provider.ts';
import { openKeyFile } from './key-file.ts';
import { KeyUrl } from './key-url.ts';

/** JWT as it is configured. */
export async function startJwt({ config, clock, log }: ProviderParts): Promise<StartedProvider> {
  const { jwt } = config;
  const { issuer, audience, keysUrl, keysFile } = jwt;
  if (issuer === undefined) throw missing('JWT', jwtEntries.issuer.key);
  if (audience.length === 0) throw missing('JWT', jwtEntries.audience.key);
  if (keysUrl !== undefined && keysFile !== undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${jwtEntries.keysUrl.key} and ${jwtEntries.keysFile.key} are both set`,
      { hint: 'Keys come from one place: take one of the two out.' },
    );
  }
  if (keysFile !== undefined) {
    const keys = await openKeyFile(keysFile, log);
    return withoutStop(new JwtProvider({ ...jwt, issuer, keys, clock }));
  }
  if (keysUrl === undefined) throw missing('JWT', jwtEntries.keysUrl.key);
  const keys = new KeyUrl({ ...jwt, url: keysUrl, clock, log });
  return withoutStop(new JwtProvider({ ...jwt, issuer, keys, clock }));
}
