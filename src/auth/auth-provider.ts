/** Who a client has proved to be. */
export interface Principal {
  readonly user: string;
  /** False where anybody may take any name (`kyuubi.authentication=NONE`). */
  readonly isAuthenticated: boolean;
}

/** One way of checking a user name and a password. */
export interface AuthProvider {
  readonly kind: string;
  /** Throws `AUTHENTICATION_FAILED`; never says which of the two was wrong. */
  authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal>;
}

/** Asks for no proof: for `kyuubi.authentication` NONE and NOSASL. An empty name is `anonymous`. */
export const noAuthentication: AuthProvider = {
  kind: 'NONE',
  authenticate: (user) =>
    Promise.resolve({ user: user === '' ? 'anonymous' : user, isAuthenticated: false }),
};
