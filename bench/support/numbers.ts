import { InvalidArgumentError } from 'commander';

/** A whole number from 1, from the command line; throws commander's error. */
export function parseWhole(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}

/** Whole numbers with commas between them; throws commander's error. */
export function parseNumbers(text: string): number[] {
  if (!/^\d{1,8}(,\d{1,8})*$/.test(text)) throw new InvalidArgumentError('Give numbers such as 100,0.');
  return text.split(',').map(Number);
}

/** The middle one; of an even count the upper of the two. NaN for none. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
