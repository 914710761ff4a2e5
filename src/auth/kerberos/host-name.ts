import { lookup, lookupService } from 'node:dns/promises';
import { hostname } from 'node:os';

/** This host by the name that others know it by: the one its address has, where it has one. */
export async function fullHostName(): Promise<string> {
  const short = hostname();
  try {
    const { address } = await lookup(short);
    const found = await lookupService(address, 0);
    return found.hostname.includes('.') || !short.includes('.') ? found.hostname : short;
  } catch {
    return short; // without a name service, the name that it was given is all there is
  }
}
