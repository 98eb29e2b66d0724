/* What many seeds did, as a table. */
import type { SeedReport } from './seed.ts';

export class SeedTotals {
  readonly #counters = new Map<string, { times: number; seeds: number }>();
  readonly #startedAtMs = performance.now();
  #seeds = 0;
  #steps = 0;
  failed = 0;

  add({ counters, steps, violations }: SeedReport): void {
    this.#seeds += 1;
    this.#steps += steps;
    if (violations.length > 0) this.failed += 1;
    for (const [name, times] of counters) {
      const before = this.#counters.get(name) ?? { times: 0, seeds: 0 };
      this.#counters.set(name, { times: before.times + times, seeds: before.seeds + 1 });
    }
  }

  table(): string {
    const seconds = (performance.now() - this.#startedAtMs) / 1_000;
    const rows = [...this.#counters]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { times, seeds }]) => `| ${name} | ${times} | ${seeds} |`);
    return [
      '| what | times | seeds with it |',
      '|---|---|---|',
      ...rows,
      '',
      `${this.#seeds} seeds, ${this.failed} with a violation, ${Math.round(this.#steps / this.#seeds)} steps a seed, ${(this.#seeds / seconds).toFixed(1)} seeds a second`,
      '',
    ].join('\n');
  }
}
