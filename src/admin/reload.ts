import type { LoadedConfig } from '../config/gateway-config.ts';
import type { Sessions } from '../session/sessions.ts';

/** What an operator may have read again from the configuration file. */
export type Reloadable = 'user-defaults' | 'unlimited-users' | 'deny-users' | 'deny-ips';

/** Takes one part of the configuration over; throws CONFIG_INVALID where the file can't be read, and changes nothing then. */
export function reload(part: Reloadable, sessions: Sessions, load: () => LoadedConfig): void {
  const { config, userDefaults } = load();
  const { unlimitedUsers, deniedUsers, deniedIpAddresses } = config.limits;
  switch (part) {
    case 'user-defaults':
      sessions.setUserDefaults(userDefaults);
      return;
    case 'unlimited-users':
      sessions.setLimits({ unlimitedUsers });
      return;
    case 'deny-users':
      sessions.setLimits({ deniedUsers });
      return;
    case 'deny-ips':
      sessions.setLimits({ deniedIpAddresses });
      return;
  }
}
