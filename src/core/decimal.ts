/** A decimal as a whole number of its smallest units, `10 ** -places`: sums of money without a float's noise. */
export type DecimalUnits = bigint;

/** Undefined for what is no plain decimal (`12`, `0.5`, `-3.25`), or has more places than may be kept. */
export function parseDecimal(text: string, places: number): DecimalUnits | undefined {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (sign === undefined || fraction.length > places) return undefined;
  const units = BigInt(whole + fraction.padEnd(places, '0'));
  return sign === '-' ? -units : units;
}

/** As many places as the value needs, and never fewer than `leastPlaces`. */
export function decimalText(units: DecimalUnits, places: number, leastPlaces: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits
    .slice(digits.length - places)
    .replace(/0+$/, '')
    .padEnd(leastPlaces, '0');
  const sign = units < 0n ? '-' : '';
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** The nearest whole number; a half goes up. Of numbers from 0 on. */
export function dividedRounded(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}
