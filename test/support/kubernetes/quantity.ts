const suffixes: Readonly<Record<string, number>> = {
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
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const form =
  /^([+-]?(?:\d+(?:[.]\d*)?|[.]\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/** The number that a quantity such as `500m` or `2Gi` stands for; nothing when it is none. */
export function parseQuantity(text: string | number): number | undefined {
  if (typeof text === 'number') return text;
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = match;
  return Number(`${digits}${exponent}`) * (suffixes[suffix] ?? 1);
}
