/* Commander parsers for limits: rates, requests in flight, percentages. */
import { InvalidArgumentError } from 'commander';
import { highestConcurrency, highestRatePerS } from '../domain/concurrency.ts';

/** Parses a rate in requests/s. Throws commander's error. */
export function parseRate(text: string): number | 'none' {
  if (text === 'none') return text;
  const rate = Number(text);
  if (!(rate > 0 && rate <= highestRatePerS)) {
    throw new InvalidArgumentError(`Give a number above 0 and up to ${highestRatePerS}, or "none".`);
  }
  return rate;
}

/** Parses a number of requests in flight. Throws commander's error. */
export function parseConcurrency(text: string): number {
  const count = Number(text);
  if (!isConcurrency(count)) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${highestConcurrency}.`);
  }
  return count;
}

/** The same, or `auto`. Throws commander's error. */
export function parseConcurrencyOrAuto(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (!isConcurrency(Number(text))) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${highestConcurrency}, or "auto".`);
  }
  return Number(text);
}

function isConcurrency(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= highestConcurrency;
}

/** Parses a percentage. Throws commander's error. */
export function parsePercent(text: string): number {
  const percent = text.trim() === '' ? Number.NaN : Number(text);
  if (!(percent >= 0 && percent <= 100)) {
    throw new InvalidArgumentError('Give a percentage, 0 to 100; 100 tolerates everything.');
  }
  return percent;
}
