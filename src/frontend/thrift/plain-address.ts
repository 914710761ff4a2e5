/** An IPv4 address as such, also where it came in by a socket of IPv6 (`::ffff:10.0.0.1`). */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
