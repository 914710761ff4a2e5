import { randomInt } from 'node:crypto';

const letters = '0123456789abcdefghijklmnopqrstuv';

/** An id as EMR Serverless makes them: 16 small letters and digits, as `00f5trm1fv0d3p09`. */
export const serverlessId = () => `00f${text(13)}`;

/** An id as EMR on EKS makes them: 19 small letters and digits. */
export const containersId = () => `0000000${text(12)}`;

/** An id as EMR on EC2 makes them, after its prefix: 13 large letters and digits. */
export const clusterId = (prefix: 'j' | 's') => `${prefix}-${text(13).toUpperCase()}`;

const text = (length: number) =>
  Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
