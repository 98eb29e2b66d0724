import { InvalidArgumentError } from 'commander';

/** Parses an integer from 1. Throws commander's error. */
export function parseWhole(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}

/** Parses comma-separated integers. Throws commander's error. */
export function parseNumbers(text: string): number[] {
  if (!/^\d{1,8}(,\d{1,8})*$/.test(text)) throw new InvalidArgumentError('Give numbers such as 100,0.');
  return text.split(',').map(Number);
}

/** The median; for an even count, the upper of the two. NaN for an empty list. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
