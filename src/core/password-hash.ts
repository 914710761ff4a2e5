import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What a hash costs to make: `2 ** logN` rounds over blocks of `r * 128` bytes, `p` times. */
export interface HashCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** A password as it is kept: nobody gets from it to the password but by trying. */
export interface PasswordHash extends HashCost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 16 MiB and about a fifth of a second: the cheapest to check among the costs that OWASP names and a file may hold. */
export const usualCost: HashCost = { logN: 14, r: 8, p: 5 };

const saltBytes = 16;
const hashBytes = 32;
/** A hash that is cheaper than this is guessed, one that is dearer stops the gateway: a file may hold neither. */
const leastLogN = 14;
const mostMemoryBytes = 256 * 1024 * 1024;
const mostRounds = 2 ** 24;

export async function hashPassword(
  password: string,
  cost: HashCost = usualCost,
): Promise<PasswordHash> {
  const salt = randomBytes(saltBytes);
  return { ...cost, salt, hash: await derive(password, salt, hashBytes, cost) };
}

/** Takes as long for a wrong password as for the right one. */
export async function passwordMatches(password: string, kept: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, kept.salt, kept.hash.length, kept), kept.hash);
}

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
export function formatPasswordHash({ logN, r, p, salt, hash }: PasswordHash): string {
  return ['scrypt', 2 ** logN, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Undefined for what is no such text, and for a cost that is too low to protect or too high to be paid. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, n, r, p, salt, hash] =
    /^scrypt\$(\d{1,9})\$(\d{1,3})\$(\d{1,3})\$([\w+/]{22,88}={0,2})\$([\w+/]{43,88}={0,2})$/.exec(
      text,
    ) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const cost = { logN: Math.log2(Number(n)), r: Number(r), p: Number(p) };
  if (!isReasonable(cost)) return undefined;
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function isReasonable({ logN, r, p }: HashCost): boolean {
  return (
    Number.isInteger(logN) &&
    logN >= leastLogN &&
    r >= 8 &&
    p >= 1 &&
    memoryBytes({ logN, r, p }) <= mostMemoryBytes &&
    2 ** logN * r * p <= mostRounds
  );
}

function memoryBytes({ logN, r, p }: HashCost): number {
  return 128 * r * (2 ** logN + p + 2);
}

/** Runs on a thread of Node's pool. */
function derive(password: string, salt: Buffer, length: number, cost: HashCost): Promise<Buffer> {
  const options = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: 2 * memoryBytes(cost) };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, options, (failure, key) => {
      if (failure === null) resolve(key);
      else reject(failure);
    });
  });
}
