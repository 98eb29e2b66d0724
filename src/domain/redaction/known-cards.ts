import { digitsOf, reverseDigits } from './digits.ts';
import type { Spellings } from './spellings.ts';

/**
 * The card numbers in flight, so that an answer about one card does not leak another card's number.
 */
export interface KnownCards {
  /** Adds a number, digits only. Above the capacity, the oldest one is removed. */
  add(cardNumber: string): void;
  /**
   * True if a reading of the text contains all digits of a known card, forwards or backwards, in
   * any grouping.
   */
  holdsAny(text: string | Spellings): boolean;
}

/**
 * Most digit sequences differ from all cards in the first digits: a prefix table avoids nearly all
 * lookups.
 */
const prefixDigits = 5;
const prefixCount = 10 ** prefixDigits;

/**
 * A bounded set of card numbers. `capacity`: at least the number of rows in flight in all batches
 * of the process.
 */
export function createKnownCards(capacity: number): KnownCards {
  /** The numbers as a ring in order of arrival. A number added twice occurs twice. */
  const ring: string[] = [];
  let oldest = 0;
  const copies = new Map<string, number>();
  const lengths = new Map<number, number>();
  const prefixes = new Uint32Array(prefixCount);

  function count(cardNumber: string, change: 1 | -1): void {
    addTo(copies, cardNumber, change);
    addTo(lengths, cardNumber.length, change);
    const prefix = Number(cardNumber.slice(0, prefixDigits));
    prefixes[prefix] = (prefixes[prefix] ?? 0) + change;
  }

  function holds(digits: string): boolean {
    let prefix = 0;
    for (let end = 1; end <= digits.length; end += 1) {
      prefix = (prefix * 10 + digits.charCodeAt(end - 1) - 48) % prefixCount;
      const start = end - prefixDigits;
      if (start < 0 || prefixes[prefix] === 0) continue;
      for (const length of lengths.keys()) {
        if (start + length <= digits.length && copies.has(digits.slice(start, start + length))) return true;
      }
    }
    return false;
  }

  return {
    add(cardNumber) {
      if (!/^\d{12,19}$/.test(cardNumber) || capacity < 1) return;
      const leaving = ring[oldest];
      if (ring.length < capacity) ring.push(cardNumber);
      else {
        if (leaving !== undefined) count(leaving, -1);
        ring[oldest] = cardNumber;
        oldest = (oldest + 1) % capacity;
      }
      count(cardNumber, 1);
    },
    holdsAny(text) {
      if (copies.size === 0) return false;
      const shortest = Math.min(...lengths.keys());
      return digitsOf(text).some(
        (digits) => digits.length >= shortest && (holds(digits) || holds(reverseDigits(digits))),
      );
    },
  };
}

function addTo<Key>(counts: Map<Key, number>, key: Key, change: 1 | -1): void {
  const left = (counts.get(key) ?? 0) + change;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}
