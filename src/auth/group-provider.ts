/** Where a user's groups come from (`kyuubi.session.group.provider`). */
export interface GroupProvider {
  /** Groups of the user, the primary one first; never empty: a user without groups is a group named after the user. */
  groupsOf(user: string): Promise<readonly [string, ...string[]]>;
}

/** Groups from the configuration (`torii.session.group.static.map`). */
export function staticGroups(groups: ReadonlyMap<string, readonly string[]>): GroupProvider {
  return {
    groupsOf: (user) => {
      const [primary = user, ...others] = groups.get(user) ?? [];
      return Promise.resolve([primary, ...others]);
    },
  };
}
