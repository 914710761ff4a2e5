const binary: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const decimal: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

const mib = 2 ** 20;

/** What a Kubernetes quantity amounts to, e.g. 0.5 for `500m`; undefined where it is none. */
export function amountOf(quantity: string | number | undefined): number | undefined {
  if (quantity === undefined) return undefined;
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]{0,2})$/.exec(
    String(quantity).trim(),
  );
  if (parts === null) return undefined;
  const [, digits = '', suffix = ''] = parts;
  const factor = binary[suffix] ?? decimal[suffix];
  return factor === undefined ? undefined : Number(digits) * factor;
}

/** MiB of a Kubernetes quantity of memory. */
export function mibOf(quantity: string | number | undefined): number | undefined {
  const bytes = amountOf(quantity);
  return bytes === undefined ? undefined : bytes / mib;
}

/** MiB of a size in Spark's own notation, where a plain number means MiB; undefined where it is none. */
export function sparkMib(size: string): number | undefined {
  const parts = /^(\d+)([bkmgtp]?)b?$/i.exec(size.trim());
  if (parts === null) return undefined;
  const [, digits = '', unit = ''] = parts;
  const inMib = { b: 1 / mib, k: 1 / 1024, '': 1, m: 1, g: 1024, t: 1024 ** 2, p: 1024 ** 3 };
  const factor = inMib[unit.toLowerCase() as keyof typeof inMib];
  return Math.floor(Number(digits) * factor);
}
