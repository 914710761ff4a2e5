/** Whose a session or an operation is. */
export interface Owner {
  /** As whom it runs. */
  readonly user: string;
  /** Who opened it, by the login. */
  readonly realUser: string;
}

/** Whether a caller may use what belongs to this owner. */
export type MayUse = (owner: Owner) => boolean;
