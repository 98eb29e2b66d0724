/*
 * A shard is a run of consecutive rows. With 500 rows its history stays below 4,096 events, at
 * which Temporal suggests to continue as new, even at a slow rate (up to 6 events per row).
 */
export const shardSizeRows = 500;

/** The number of the shard that holds a row; both count from 1. */
export function shardOf(row: number): number {
  return Math.ceil(row / shardSizeRows);
}

/** The first and last row of a shard in a file with this many rows. */
export function rowsOf(shard: number, rows: number): { first: number; last: number } {
  return { first: (shard - 1) * shardSizeRows + 1, last: Math.min(shard * shardSizeRows, rows) };
}

/** The number of shards of a file with this many rows. */
export function shardCountOf(rows: number): number {
  return Math.ceil(rows / shardSizeRows);
}

/** Ascending row numbers as runs `[first, last]`. */
export function runsOf(rows: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === row - 1) {
      run[1] = row;
    } else {
      runs.push([row, row]);
    }
  }
  return runs;
}

/** The nth number (from 1) of ascending runs `[first, last]`, or undefined if there are fewer. */
export function nthOf(
  runs: readonly (readonly [first: number, last: number])[],
  n: number,
): number | undefined {
  let left = n;
  for (const [first, last] of runs) {
    const length = last - first + 1;
    if (left <= length) return first + left - 1;
    left -= length;
  }
  return undefined;
}
