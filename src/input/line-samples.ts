/** How many rows meet a condition, and the lines of the first five. */
export interface LineSample {
  readonly count: number;
  /** Lines of the file, from 1. */
  readonly firstLines: readonly number[];
}

/** More lines would not help a person who looks at the file. */
export const sampleLines = 5;

export interface LineCounter {
  add(line: number): void;
  sample(): LineSample;
}

export function createLineCounter(): LineCounter {
  let count = 0;
  const firstLines: number[] = [];
  return {
    add(line) {
      count += 1;
      if (firstLines.length < sampleLines) firstLines.push(line);
    },
    sample: () => ({ count, firstLines }),
  };
}

/** Counts lines for each of several keys. */
export interface LineCounters<Key extends string> {
  add(key: Key, line: number): void;
  samples(): Readonly<Partial<Record<Key, LineSample>>>;
}

export function createLineCounters<Key extends string>(): LineCounters<Key> {
  const counters = new Map<Key, LineCounter>();
  return {
    add(key, line) {
      let counter = counters.get(key);
      if (counter === undefined) {
        counter = createLineCounter();
        counters.set(key, counter);
      }
      counter.add(line);
    },
    samples: () =>
      Object.fromEntries([...counters].map(([key, counter]) => [key, counter.sample()])) as Partial<
        Record<Key, LineSample>
      >,
  };
}
