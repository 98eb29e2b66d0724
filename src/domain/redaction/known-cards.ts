import { digitsOf, reverseDigits } from './digits.ts';
import type { Spellings } from './spellings.ts';

/** The card numbers in flight, so that an answer about one card does not bring another one's number into a text. */
export interface KnownCards {
  /** Adds a number, digits only. The oldest one leaves when there are more than the capacity. */
  add(cardNumber: string): void;
  /** True if a reading of the text holds the complete digits of a known card, forwards or backwards, in any grouping. */
  holdsAny(text: string | Spellings): boolean;
}

/** Most windows of digits differ from all cards in their first digits: a table of these spares nearly all lookups. */
const prefixDigits = 5;
const prefixCount = 10 ** prefixDigits;

/** A bounded set of card numbers. `capacity`: at least the number of rows in flight, over all batches of the process. */
export function createKnownCards(capacity: number): KnownCards {
  /** The numbers in the order of their arrival, as a ring; a number that is added twice stands in it twice. */
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
