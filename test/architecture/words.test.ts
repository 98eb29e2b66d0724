import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** A word that the glossary replaced. */
interface OldWord {
  readonly word: string;
  readonly use: string;
  readonly pattern: RegExp;
}

/*
 * The left column of the glossary. A pattern matches the old use, and spares plain English and
 * foreign terms: a note for Excel, "in turn", a block of a disk, the Unix epoch.
 */
const oldWords: readonly OldWord[] = [
  {
    word: 'note',
    use: 'send intent',
    pattern: /\bnotes?\b(?! for Excel|` \?|\.ts)|row-notes?|NoteStore|OwnNote/i,
  },
  { word: 'maker', use: 'owner', pattern: /\bmakers?\b/i },
  { word: 'pacer', use: 'rate limiter', pattern: /\bpacers?\b/i },
  {
    word: 'pace',
    use: 'limits, rate',
    pattern: /(?<!bench[:/])\bpaced?\b(?!-(?:limit|change|back-pressure)\.svg)/i,
  },
  {
    word: 'turn',
    use: 'slot',
    pattern:
      /(?<!\b(?:in|one|take|takes) )\bturns?\b(?! (?:into|its|requests|out|off|on|to|back|most|request|row|a|each|it|them|the)\b|['’]s reads| of (?:the|its) event loop)/i,
  },
  { word: 'book', use: 'shared limit', pattern: /\b(?:turn|slot|shared|limit) ?books?\b|\bbookrate\b/i },
  { word: 'lane', use: 'concurrency', pattern: /(?<!Mill )\blanes?\b/i },
  { word: 'epoch', use: 'hold generation', pattern: /(?<!Unix )\bepochs?\b/i },
  {
    word: 'answer beat',
    use: 'completion batching',
    pattern: /\b(?:answer|its|the|next) beats?\b/i,
  },
  { word: 'standing', use: 'prior outcome', pattern: /(?<!outcomes? )\bstandings?\b/i },
  { word: 'Workplace', use: 'AppContext', pattern: /\bworkplaces?\b/i },
  { word: 'silenceMs', use: 'heartbeatTimeoutMs', pattern: /\bsilenceMs\b/i },
  { word: 'binding', use: 'target fingerprint', pattern: /\bbindings?\b/i },
  { word: 'fold', use: 'consolidate, normalize', pattern: /\bfold(?:s|ed|ing)?\b/i },
  { word: 'mend', use: 'fix', pattern: /(?<!not ")\bmend(?:s|ed|ing)?\b/i },
  { word: 'take hold', use: 'take effect', pattern: /\b(?:takes?|took) hold\b(?! of)/i },
  { word: 'to the letter', use: 'verbatim', pattern: /\bto the letter\b/i },
  { word: 'tell', use: 'report, inform, print', pattern: /\b(?:tells?|told)\b(?! us|.* apart)/i },
  { word: 'nobody', use: 'a plain subject', pattern: /\bnobody\b/i },
  { word: 'whoever', use: 'a plain subject', pattern: /\bwhoever\b/i },
  { word: 'somebody', use: 'a plain subject', pattern: /\bsomebody\b/i },
  { word: 'under way', use: 'in flight, running', pattern: /\bunder way\b/i },
];

/** Files that may hold old words: records of the past, foreign work, and this table. */
const exempt =
  /^(?:CHANGELOG\.md|LICENSE|api\/|bench\/results\/|src\/gateway\/generated\/|src\/gateway\/.*\/generated\/|test\/replay\/histories\/|test\/architecture\/words\.test\.ts)|package-lock\.json$/;

const lines = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: project,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => /\.(?:ts|md|json|py)$/.test(path) && !exempt.test(path))
  .flatMap((path) =>
    readFileSync(`${project}${path}`, 'utf8')
      .split('\n')
      .map((text, at) => ({ place: `${path}:${at + 1}`, text })),
  );

test('the texts were found', () => {
  assert.ok(lines.length > 40_000, `${lines.length} lines`);
});

for (const { word, use, pattern } of oldWords) {
  test(`the word "${word}" is gone: the glossary says ${use}`, () => {
    const found = lines.filter(({ text }) => pattern.test(text));
    assert.deepEqual(
      found.slice(0, 20).map(({ place, text }) => `${place}: ${text.trim()}`),
      [],
    );
  });
}

test('plain English and the terms of others are spared', () => {
  for (const text of [
    'it is a note for Excel ("sep=")',
    'the batches, in turn',
    'which turns into a token',
    'since the Unix epoch',
    'npm run bench:pace',
    'nothing takes hold of the lock',
  ]) {
    const caught = oldWords.filter(({ pattern }) => pattern.test(text)).map(({ word }) => word);
    assert.deepEqual(caught, [], text);
  }
});
