/** The roles of the account: who may take them on. */
export class Roles {
  readonly #trusted = new Map<string, ReadonlySet<string>>();

  /** `trusts`: services by their principal (`emr-serverless.amazonaws.com`), `*` for every user and service. */
  add(arn: string, trusts: readonly string[]): void {
    this.#trusted.set(arn, new Set(trusts));
  }

  has(arn: string): boolean {
    return this.#trusted.has(arn);
  }

  trusts(arn: string, principal: string): boolean {
    const trusted = this.#trusted.get(arn);
    return trusted !== undefined && (trusted.has(principal) || trusted.has('*'));
  }
}

/** The account of a role. */
export const accountOf = (arn: string) => arn.split(':')[4] ?? '';
