/** A set of row numbers, one bit per row. */
export interface RowSet {
  /** `row` is from 1. */
  add(row: number): void;
  has(row: number): boolean;
}

const rowsPerSegment = 524_288;

/** An empty set. Allocates memory only for segments with rows. */
export function createRowSet(): RowSet {
  const segments = new Map<number, Uint8Array>();
  const placeOf = (row: number) => ({
    segment: Math.floor(row / rowsPerSegment),
    byte: (row % rowsPerSegment) >> 3,
    bit: 1 << (row & 7),
  });
  return {
    add(row) {
      const { segment, byte, bit } = placeOf(row);
      const bytes = segments.get(segment) ?? new Uint8Array(rowsPerSegment / 8);
      segments.set(segment, bytes);
      bytes[byte] = (bytes[byte] ?? 0) | bit;
    },
    has(row) {
      const { segment, byte, bit } = placeOf(row);
      return ((segments.get(segment)?.[byte] ?? 0) & bit) !== 0;
    },
  };
}
