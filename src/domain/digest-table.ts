import type { Fingerprint } from './fingerprint.ts';

/*
 * Answers "did an earlier row have this value?" for files of millions of rows, without keeping the
 * values. Open addressing in typed arrays: 96 bits of fingerprint and the row number, 16 bytes per
 * slot. In a file of ten million rows, two values collide with a probability below 1 in 10^15.
 *
 * The table is divided into segments that grow one at a time, so that growing never needs twice the
 * memory. After growing, slots are at least 80 % / 1.5 = 53 % full, which makes at most 30 bytes
 * per row: 60 for the two tables of a preview.
 */
const segmentCount = 64;
const wordsPerSlot = 4;
const firstCapacitySlots = 24;
const growth = 1.5;
const maxLoad = 0.8;

interface Segment {
  slots: Uint32Array;
  capacity: number;
  size: number;
}

/** Maps each fingerprint to the first row that has it. */
export interface DigestTable {
  /** The number of the first row with this fingerprint, or undefined. */
  firstRowWith(fingerprint: Fingerprint): number | undefined;
  /**
   * Adds a row (1 to 2^32 - 1) and returns undefined; or returns the earlier row with the same
   * fingerprint.
   */
  add(fingerprint: Fingerprint, row: number): number | undefined;
  /** Number of fingerprints in the table. */
  readonly size: number;
  /** Memory of all slots, in bytes. */
  readonly byteLength: number;
}

/** An empty table. */
export function createDigestTable(): DigestTable {
  const segments = Array.from({ length: segmentCount }, () => createSegment(firstCapacitySlots));
  const segmentOf = (fingerprint: Fingerprint): Segment => {
    const segment = segments[fingerprint.high % segmentCount];
    if (segment === undefined) throw new RangeError('A fingerprint has 32-bit words');
    return segment;
  };
  return {
    firstRowWith(fingerprint) {
      const segment = segmentOf(fingerprint);
      return segment.slots[findSlot(segment, fingerprint) + 3] || undefined;
    },
    add(fingerprint, row) {
      if (!Number.isInteger(row) || row < 1 || row > 0xffffffff) {
        throw new RangeError('A row number is from 1 to 4294967295');
      }
      const segment = segmentOf(fingerprint);
      const slot = findSlot(segment, fingerprint);
      const firstRow = segment.slots[slot + 3];
      if (firstRow) return firstRow;
      writeSlot(segment, slot, fingerprint, row);
      segment.size += 1;
      if (segment.size > segment.capacity * maxLoad) grow(segment);
      return undefined;
    },
    get size() {
      return segments.reduce((sum, segment) => sum + segment.size, 0);
    },
    get byteLength() {
      return segments.reduce((sum, segment) => sum + segment.slots.byteLength, 0);
    },
  };
}

function createSegment(capacity: number): Segment {
  return { slots: new Uint32Array(capacity * wordsPerSlot), capacity, size: 0 };
}

/**
 * The index of the fingerprint's slot, or of the free slot where it belongs. A free slot has row 0.
 */
function findSlot({ slots, capacity }: Segment, { high, middle, low }: Fingerprint): number {
  let place = middle % capacity;
  for (;;) {
    const slot = place * wordsPerSlot;
    if (slots[slot + 3] === 0) return slot;
    if (slots[slot + 2] === low && slots[slot + 1] === middle && slots[slot] === high) return slot;
    place = place + 1 === capacity ? 0 : place + 1;
  }
}

function writeSlot({ slots }: Segment, slot: number, { high, middle, low }: Fingerprint, row: number): void {
  slots[slot] = high;
  slots[slot + 1] = middle;
  slots[slot + 2] = low;
  slots[slot + 3] = row;
}

function grow(segment: Segment): void {
  const { slots: old } = segment;
  segment.capacity = Math.ceil(segment.capacity * growth);
  segment.slots = new Uint32Array(segment.capacity * wordsPerSlot);
  for (let slot = 0; slot < old.length; slot += wordsPerSlot) {
    const row = old[slot + 3] ?? 0;
    if (row === 0) continue;
    const fingerprint = { high: old[slot] ?? 0, middle: old[slot + 1] ?? 0, low: old[slot + 2] ?? 0 };
    writeSlot(segment, findSlot(segment, fingerprint), fingerprint, row);
  }
}
