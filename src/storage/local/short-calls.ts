/* Short synchronous calls on the files of intents (local-intents.ts says why). */
import { openSync, type Stats, statSync, writeSync } from 'node:fs';
import { errorCodeOf, fileMode } from './durable.ts';

/** The highest number that exists, if numbers start at 1 and have no gaps; 0 if there is none. */
export function highestOf(exists: (number: number) => boolean): number {
  let low = 0;
  let high = 1;
  while (exists(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (exists(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Undefined only if the file certainly does not exist: a failing disk must not look like a missing
 * intent or seal.
 */
export function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** The new file's descriptor, or undefined if the name is taken. */
export function openExclusive(path: string): number | undefined {
  try {
    return openSync(path, 'wx', fileMode);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** On a nearly full disk, a write may take fewer bytes than given. */
export function writeWhole(file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.byteLength; ) {
    written += writeSync(file, bytes, written, bytes.byteLength - written, position + written);
  }
}
