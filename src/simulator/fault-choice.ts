import { type FaultName, isFaultName } from './faults.ts';

/** Probability of each fault, from 0 to 1. The sum is at most 1. */
export type FaultShares = Readonly<Partial<Record<FaultName, number>>>;

/**
 * The fault for `draw` (at least 0, below 1), or undefined if it is beyond all shares. The shares
 * divide the interval in key order.
 */
export function chooseFault(shares: FaultShares, draw: number): FaultName | undefined {
  let edge = 0;
  for (const [name, share] of Object.entries(shares)) {
    edge += share;
    if (draw < edge && isFaultName(name)) return name;
  }
  return undefined;
}

/**
 * A number of at least 0 and below 1 that depends only on the seed and the text, so that a
 * reference gets the same fault in every run. FNV-1a followed by MurmurHash3's finalizer:
 * references differ only in their last digits, which FNV alone would leave in the low bits.
 */
export function drawOf(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * Parses a value of `--fault`: `drop-after=0.5%` or `drop-after=0.005`. Throws an Error that names
 * the invalid part.
 */
export function parseFaultShare(text: string): { readonly name: FaultName; readonly share: number } {
  const [name = '', amount = '', ...rest] = text.split('=');
  if (!isFaultName(name)) {
    throw new Error('Cannot read the fault: its name is not in the table of faults');
  }
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(amount);
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (rest.length > 0 || !(share >= 0 && share <= 1)) {
    throw new Error(`Cannot read the share of ${name}: expected ${name}=2% or ${name}=0.02`);
  }
  return { name, share };
}

/**
 * The shares of several `--fault` options. Throws an Error if one is invalid or they exceed 100 %
 * in total.
 */
export function parseFaultShares(texts: readonly string[]): FaultShares {
  const shares: Partial<Record<FaultName, number>> = {};
  for (const { name, share } of texts.map(parseFaultShare)) {
    shares[name] = share;
  }
  if (!areSharesPossible(shares)) {
    throw new Error('Cannot use the faults: their shares are more than 100 % together');
  }
  return shares;
}

/**
 * True if the shares add up to at most 1. Tolerates a rounding error of a billionth for sums such
 * as 0.7 + 0.2 + 0.1.
 */
export function areSharesPossible(shares: FaultShares): boolean {
  return Object.values(shares).reduce((sum, share) => sum + share, 0) <= 1 + 1e-9;
}
