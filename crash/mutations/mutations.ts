/*
 * Mutations of the sources that break the send protocol, each with the play that must find it.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Play } from '../steps/step-stage.ts';
import type { Step } from '../steps/steps.ts';

export interface SourceChange {
  readonly file: string;
  /** Each `from` occurs exactly once in the file. */
  readonly changes: readonly (readonly [from: string, to: string])[];
}

export interface Mutation extends SourceChange {
  readonly name: string;
  readonly play: Play;
  /** The result of the play with the sources unchanged. */
  readonly whole: Pick<Step, 'outcome' | 'requests'>;
}

const overtaken: Play = {
  at: { on: 'intent', when: 'before' },
  signal: 'SIGSTOP',
  overtakenAt: { on: 'seal', when: 'before' },
};

/** The first worker stops before it creates its intent, so that the intent is fresh later. */
const overtakenWithPermit: Play = { ...overtaken, at: { on: 'permit', when: 'after' } };

export const mutations: readonly Mutation[] = [
  {
    name: 'an intent is created although there is one',
    file: 'src/storage/local/short-calls.ts',
    changes: [["return openSync(path, 'wx', fileMode);", "return openSync(path, 'w', fileMode);"]],
    play: overtaken,
    whole: { outcome: 'tokenized', requests: 1 },
  },
  {
    name: 'a shard is consolidated before it is sealed',
    file: 'src/activities/close-shard.ts',
    changes: [
      ["  await storage.intents.seal(ref, isCancelled ? 'cancelled' : 'complete');\n", ''],
      [
        'return consolidateShard({ storage, ref, rows, ...closing });',
        "const consolidated = await consolidateShard({ storage, ref, rows, ...closing });\n  await storage.intents.seal(ref, 'complete');\n  return consolidated;",
      ],
    ],
    play: overtakenWithPermit,
    whole: { outcome: 'tokenized', requests: 1 },
  },
  {
    name: 'the result is written after returning',
    file: 'src/activities/send-under-intent.ts',
    changes: [
      [
        "await intent.tryWriteResult({ kind: 'final', answer });",
        "undefined;\n  setTimeout(() => void intent.tryWriteResult({ kind: 'final', answer }), 3_000);",
      ],
    ],
    play: { at: 'reported', signal: 'SIGKILL' },
    whole: { outcome: 'tokenized', requests: 1 },
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
    play: { at: 'unharmed', signal: 'SIGKILL', fault: 'hang' },
    whole: { outcome: 'unknown', requests: 1 },
  },
  {
    name: 'an open intent is followed by another',
    file: 'src/activities/tokenize-row.ts',
    changes: [['if (last !== undefined && last.result === undefined) return { outcome: inFlight };', '']],
    play: { at: { on: 'request', when: 'half' }, signal: 'SIGKILL' },
    whole: { outcome: 'unknown', requests: 1 },
  },
  {
    name: 'the seal is not looked at',
    file: 'src/activities/send-under-intent.ts',
    changes: [['if (await intent.isSealed()) {', 'if (Date.now() === 0) {']],
    play: { at: { on: 'permit', when: 'after' }, signal: 'SIGSTOP' },
    whole: { outcome: 'tokenized', requests: 1 },
  },
];

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The text with the change made. Throws if the text does not have its place exactly once. */
export function mutate(text: string, { file, changes }: SourceChange): string {
  return changes.reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2) throw new Error(`${file} does not have once: ${from}`);
    return changed.replace(from, () => to);
  }, text);
}

/**
 * Makes a copy of the sources with the mutation, and of the other folders given. Rejects if the
 * sources lack what it changes.
 */
export async function copyMutated(
  change: SourceChange,
  others: readonly string[] = [],
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-mutant-'));
  for (const part of ['src', 'crash', 'test/support', 'package.json', 'tsconfig.json', ...others]) {
    await cp(join(project, part), join(folder, part), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, change.file);
  await writeFile(path, mutate(await readFile(path, 'utf8'), change));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
