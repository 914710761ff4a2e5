import { passwordFileEntries } from '../../config/entries/authentication.ts';
import { missing, withoutStop } from '../started-provider.ts';
import type { ProviderParts, StartedProvider } from '../started-provider.ts';
import { PasswordFileProvider } from './password-file-provider.ts';

/** PASSWORD_FILE as it is configured. */
export async function startPasswordFile({
  config,
  clock,
  log,
}: ProviderParts): Promise<StartedProvider> {
  const { path } = config.passwordFile;
  if (path === undefined) throw missing('PASSWORD_FILE', passwordFileEntries.path.key);
  return withoutStop(await PasswordFileProvider.open(path, config.passwordFile, { clock, log }));
}
