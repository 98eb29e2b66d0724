import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { authenticate, verify } from '../../src/storage/authenticated.ts';
import { type Decision, type DecisionDraft, decide, readDecisions } from '../../src/storage/decisions.ts';
import { decisionKey, decisionsFolder } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { ResolutionKind } from '../../src/storage/resolutions.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { batchId } from '../support/batches.ts';
import { decideNext } from '../support/decisions.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const merchantTxnRef = 'abcdefghijkl-p1-r1-n1';
const by = (who: string) => ({ id: `by ${who}`, at: '2026-01-03T00:00:00.000Z', who });

const resolve = (who: string, resolution: ResolutionKind): DecisionDraft => ({
  kind: 'resolutions',
  ...by(who),
  file: { name: 'unresolved.csv', sha256: '' },
  resolutions: [{ row: 1, merchantTxnRef, resolution }],
});
const purge = (who: string): DecisionDraft => ({ kind: 'purge', ...by(who), files: 1, rowsLeft: 0 });
const plan = (who: string, pass: number): DecisionDraft => ({
  kind: 'plan',
  ...by(who),
  plan: { pass, includesSoftDeclines: false, rows: 1, amounts: { JPY: '100' }, runs: [[1, 1]] },
});

const open = async (t: Pick<TestContext, 'after'>): Promise<Storage> =>
  await openLocalStorage(await createTemporaryFolder(t), testKey);

const whoOf = (decisions: readonly Decision[]): string[] => decisions.map(({ who }) => who);

/** Three resolutions of one send. */
async function openDecided(t: TestContext) {
  const storage = await open(t);
  await decideNext(storage, batchId, resolve('first@desk', 'not_charged'));
  await decideNext(storage, batchId, resolve('second@desk', 'charged_without_token'));
  await decideNext(storage, batchId, resolve('third@desk', 'tokenized'));
  return storage;
}

test('decisions are numbered from 1, state what they are based on, and are read in their order', async (t) => {
  const storage = await open(t);
  assert.deepEqual((await readDecisions(storage, batchId)).last, 0);
  await decideNext(storage, batchId, resolve('first@desk', 'not_charged'));
  await decideNext(storage, batchId, plan('second@desk', 2));
  await decideNext(storage, batchId, purge('third@desk'));
  const read = await readDecisions(storage, batchId);
  assert.deepEqual(
    read.all.map(({ number, basedOn, kind, who }) => [number, basedOn, kind, who]),
    [
      [1, 0, 'resolutions', 'first@desk'],
      [2, 1, 'plan', 'second@desk'],
      [3, 2, 'purge', 'third@desk'],
    ],
  );
  assert.deepEqual(
    [read.last, read.plans.map(({ createdBy }) => createdBy), read.resolutions.length, read.purges.length],
    [3, ['second@desk'], 1, 1],
  );
});

test('a decision based on an older state changes nothing, and its author learns what was decided meanwhile', async (t) => {
  const storage = await openDecided(t);
  const before = await readDecisions(storage, batchId);
  const attempt = await decide(storage, batchId, 1, purge('late@desk'));
  assert.ok(attempt.kind === 'overtaken');
  assert.deepEqual(whoOf(attempt.meanwhile), ['second@desk', 'third@desk']);
  assert.deepEqual(await readDecisions(storage, batchId), before);
});

test('a commit that is repeated after its answer was lost finds its own decision', async (t) => {
  const storage = await open(t);
  const { createExclusive } = storage.files;
  const losing = async (key: string, content: Uint8Array | string): Promise<boolean> => {
    await createExclusive(key, content);
    throw new Error('lost');
  };
  const lossy = { ...storage, files: { ...storage.files, createExclusive: losing } };
  await assert.rejects(decide(lossy, batchId, 0, purge('mia@desk')), /lost/);
  assert.equal((await decide(storage, batchId, 0, purge('mia@desk'))).kind, 'decided');
  assert.equal((await decide(storage, batchId, 0, purge('ann@desk'))).kind, 'overtaken');
  assert.deepEqual(whoOf((await readDecisions(storage, batchId)).all), ['mia@desk']);
});

test('of any simultaneous deciders exactly one takes each number, no decision is lost, and each loser learns who won', async (t) => {
  const anyKind = fc.constantFrom('resolutions' as const, 'purge' as const, 'plan' as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyKind, { minLength: 1, maxLength: 6 }), { maxLength: 4 }),
      async (rounds) => {
        const storage = await open(t);
        const winners: string[] = [];
        for (const [round, kinds] of rounds.entries()) {
          const { last, plans } = await readDecisions(storage, batchId);
          const attempts = await Promise.all(
            kinds.map(async (kind, index) => {
              const who = `${round}.${index}@desk`;
              const draft =
                kind === 'plan'
                  ? plan(who, plans.length + 2)
                  : kind === 'purge'
                    ? purge(who)
                    : resolve(who, 'not_charged');
              return { who, attempt: await decide(storage, batchId, last, draft) };
            }),
          );
          const [winner, ...others] = attempts.filter(({ attempt }) => attempt.kind === 'decided');
          assert.ok(winner !== undefined && others.length === 0, 'exactly one');
          for (const { attempt } of attempts) {
            if (attempt.kind === 'overtaken') assert.deepEqual(whoOf(attempt.meanwhile), [winner.who]);
          }
          winners.push(winner.who);
        }
        const { all } = await readDecisions(storage, batchId);
        assert.deepEqual(whoOf(all), winners);
        assert.deepEqual(
          all.map(({ number }) => number),
          winners.map((_, index) => index + 1),
        );
      },
    ),
    { numRuns: 20 },
  );
});

for (const number of [1, 2, 3]) {
  for (const [what, change] of [
    ['empty', () => ''],
    ['cut off', (text: string) => text.slice(0, 60)],
    ['of another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['a copy of another one', (text: string) => text.replace(`"number":${number}`, '"number":9')],
    ['of an unknown kind', (text: string) => text.replace('"kind":"resolutions"', '"kind":"refund"')],
    [
      'with an unknown resolution',
      (text: string) => text.replace(/"resolution":"\w+"/, '"resolution":"paid"'),
    ],
  ] as const) {
    test(`if decision ${number} of three is ${what}, all are refused, with the path of the damaged one`, async (t) => {
      const storage = await openDecided(t);
      const key = decisionKey(batchId, number);
      const written = (await storage.files.read(key)) ?? Buffer.of();
      const text = await verify(storage, key, written);
      assert.notEqual(change(text), text);
      // Edited by hand: the MAC is that of the original.
      await storage.files.replace(key, String(written).replace(text, change(text)));
      await assert.rejects(readDecisions(storage, batchId), {
        name: 'DecisionError',
        message: new RegExp(`^Cannot use ${storage.files.locate(key)}: it was altered`),
      });
      // Written by another version, with the right key.
      await storage.files.replace(key, await authenticate(storage, key, change(text)));
      await assert.rejects(readDecisions(storage, batchId), {
        name: 'DecisionError',
        message: `Decision ${number} about the batch is damaged: ${storage.files.locate(key)}`,
      });
    });
  }
}

test('if a decision before a later one is missing, all are refused', async (t) => {
  const storage = await openDecided(t);
  await storage.files.remove(decisionKey(batchId, 1));
  await assert.rejects(readDecisions(storage, batchId), {
    name: 'DecisionError',
    message: /^Decision 1 about the batch is missing: /,
  });
  assert.equal((await storage.files.list(decisionsFolder(batchId))).length, 2);
});

test('a plan of a pass that is not the next one is refused', async (t) => {
  const storage = await open(t);
  await decideNext(storage, batchId, plan('mia@desk', 3));
  await assert.rejects(readDecisions(storage, batchId), { name: 'DecisionError' });
});
