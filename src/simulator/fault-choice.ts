import { type FaultName, isFaultName } from './faults.ts';

/** How often each fault happens by chance, each from 0 to 1, all together at most 1. */
export type FaultShares = Readonly<Partial<Record<FaultName, number>>>;

/**
 * The fault of one draw: `draw` (0 to below 1) falls into the share of one fault, or beyond them all.
 * The order of the shares' keys decides which part of the line is whose.
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
 * A number from 0 to below 1 that depends on the seed and the text alone, so that the same reference meets the same fault
 * in every run. FNV-1a, then MurmurHash3's finalizer: references differ in their last digits only, which FNV alone would
 * leave in the low bits.
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
 * Reads what `--fault` takes: `drop-after=0.5%` or `drop-after=0.005`. Throws an Error that names the fault's part that
 * cannot be read.
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

/** The shares of several `--fault` options. Throws an Error where one cannot be read or they pass 100 % together. */
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

/** True where the shares are at most 1 together; a billionth is forgiven to sums such as 0.7 + 0.2 + 0.1. */
export function areSharesPossible(shares: FaultShares): boolean {
  return Object.values(shares).reduce((sum, share) => sum + share, 0) <= 1 + 1e-9;
}
