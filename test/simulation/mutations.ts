/*
 * Faults that the storage contract excludes, put back into the sources one at a time. The
 * simulation must find each within the stated number of seeds.
 */
import type { SourceChange } from '../../crash/mutations/mutations.ts';

export interface SimulatedMutation extends SourceChange {
  readonly name: string;
  /** Within so many seeds, from 1: about three times what was measured, and 50 at least. */
  readonly withinSeeds: number;
  /** Changes of other files: the defences that stand behind the first one. */
  readonly also?: readonly SourceChange[];
}

export const simulatedMutations: readonly SimulatedMutation[] = [
  {
    name: 'an outcome file is overwritten instead of compared and swapped',
    file: 'src/storage/generations.ts',
    changes: [
      [
        '  if (await files.createExclusive(next, content)) return true;\n  return (await files.read(next))?.equals(Buffer.from(content)) === true;',
        '  await files.replace(next, content);\n  return true;',
      ],
    ],
    withinSeeds: 2_000,
  },
  {
    name: 'intents are removed before the outcome file is written',
    file: 'src/results/consolidate-shard.ts',
    changes: [
      [
        '    const lines = mergeLines(input, intents, present);\n',
        '    const lines = mergeLines(input, intents, present);\n    await storage.intents.remove(ref, [...intents.values()].flatMap((some) => some.map(({ head }) => head)));\n',
      ],
    ],
    withinSeeds: 100,
  },
  {
    name: 'an open intent is followed by another',
    file: 'src/activities/tokenize-row.ts',
    changes: [['if (last !== undefined && last.result === undefined) return { outcome: inFlight };', '']],
    withinSeeds: 50,
  },
  {
    name: 'the seal is not looked at',
    file: 'src/activities/send-under-intent.ts',
    changes: [['if (await intent.isSealed()) {', 'if (send === undefined) {']],
    withinSeeds: 150,
  },
  {
    name: 'an intent with a foreign nonce is adopted',
    file: 'test/support/memory-intents.ts',
    changes: [['found?.head.nonce === head.nonce ?', 'found !== undefined ?']],
    withinSeeds: 50,
  },
  {
    name: 'a creation whose answer was lost is not tried again with its nonce',
    file: 'src/activities/row-intent.ts',
    changes: [
      [
        '    return await storage.intents.create(ref, head);\n  }\n}',
        '    return await storage.intents.create(ref, { ...head, intent: head.intent + 1 });\n  }\n}',
      ],
    ],
    withinSeeds: 500,
  },
  {
    name: 'MACs are not verified',
    file: 'src/storage/integrity.ts',
    changes: [
      [
        'return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);',
        'return given.byteLength !== expected.byteLength || timingSafeEqual(given, expected) || true;',
      ],
    ],
    withinSeeds: 50,
  },
  {
    name: 'the age of an intent is by the wall clock only',
    file: 'src/activities/row-intent.ts',
    changes: [
      [
        'return Math.max(nowMs - this.head.createdAtMs, this.#context.monotonicMs() - this.#beganAtMs);',
        'return nowMs - this.head.createdAtMs + 0 * this.#beganAtMs;',
      ],
    ],
    withinSeeds: 200,
  },
  {
    name: 'answered rows are not compared with the storage',
    file: 'src/activities/answered-rows.ts',
    changes: [['if (answered.length === 0) return {', 'if (answered.length >= 0) return {']],
    withinSeeds: 50,
  },
  {
    name: 'answered rows without a trace do not hold the batch',
    file: 'src/activities/answered-rows.ts',
    changes: [['if (forgotten.length === 0) return;', 'if (forgotten.length >= 0) return;']],
    withinSeeds: 3_500,
  },
  {
    name: 'altered intents are closed as open ones',
    file: 'src/activities/close-shard.ts',
    changes: [['if (!mayHaveUnsent) holdOnAltered', 'if (mayHaveUnsent && !isCancelled) holdOnAltered']],
    withinSeeds: 700,
  },
  {
    name: 'an outcome file is not compared with its witness',
    file: 'src/storage/shard-witness.ts',
    changes: [
      ['if (closed === undefined) return;', 'if (closed === undefined || closed.generation > 0) return;'],
    ],
    withinSeeds: 100,
  },
  {
    name: 'a row with an open intent becomes not_sent, and stays so',
    file: 'src/results/consolidate-row.ts',
    changes: [
      [
        'const open = intents.find(({ result }) => result === undefined);',
        'const open = intents.find(({ result }) => result === undefined && Number.isNaN(0));',
      ],
    ],
    also: [
      {
        file: 'src/results/late-results.ts',
        changes: [
          [
            'if (line.merchantTxnRef === last.head.merchantTxnRef) return line;',
            'if (line.row > 0) return line;',
          ],
        ],
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'a time-out counts as not processed',
    file: 'src/gateway/classify-exchange.ts',
    changes: [
      [
        'return classifyEvidence(exchange.answer, lost, rules) ?? lost;',
        "return exchange.cause === 'timeout' ? { kind: 'not_processed', cause: 'time-out' } : lost;",
      ],
    ],
    withinSeeds: 250,
  },
  {
    name: 'a late result is not looked at',
    file: 'src/results/late-results.ts',
    changes: [['  if (last === undefined) return line;\n', '  if (last !== null) return line;\n']],
    withinSeeds: 50,
  },
  {
    name: 'an open intent of an earlier pass blocks neither the plan nor the send',
    file: 'src/results/blocked-rows.ts',
    changes: [['    intent.result === undefined &&', '    intent.head.row < 0 &&']],
    withinSeeds: 1_200,
  },
  {
    name: 'a row that an earlier pass leaves unknown counts as answered',
    file: 'src/activities/tokenize-row.ts',
    changes: [["if (priorOutcome === 'unknown') return { outcome: inFlight };", '']],
    withinSeeds: 2_400,
  },
  {
    name: 'a not written result is forgotten',
    file: 'src/activities/row-intent.ts',
    changes: [['      void this.#writeLater(result);\n', '']],
    withinSeeds: 100,
  },
];
