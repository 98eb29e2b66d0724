/* A file with references of an earlier batch: none is charged again without consent. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { launchBatch } from '../../src/cli/commands/launch.ts';
import type { LaunchOptions } from '../../src/cli/launch-options.ts';
import type { RowOutcome } from '../../src/contract/outcome.ts';
import { createFingerprinter } from '../../src/input/fingerprinter.ts';
import { cancelUnsent } from '../../src/operations/controls/cancel-unsent.ts';
import { OperationRefused } from '../../src/operations/errors.ts';
import { unansweredLine } from '../../src/results/outcome-line.ts';
import { listBatchesOf } from '../../src/storage/batch-index.ts';
import { deriveKey } from '../../src/storage/encryption.ts';
import { fingerprintLineOf } from '../../src/storage/row-fingerprints.ts';
import { decideSending, isCancelledUnsent } from '../../src/storage/send-decision.ts';
import { createTestContext } from '../support/app-context.ts';
import { createSendableRow, keepFingerprints } from '../support/batches.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { writeSampleFile } from '../support/sample-file.ts';

const batchId = 'cardlift/m/earlier';

/**
 * A file of three rows. An earlier batch with other cards ended with its references and these
 * outcomes.
 */
async function openLaunch(t: TestContext, outcomes: readonly RowOutcome[]) {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-again-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const context = createTestContext(folder, 'http://127.0.0.1:9');
  const file = await writeSampleFile(folder, outcomes.length);
  const key = await context.operatorKey();
  const fingerprintKey = deriveKey(key.key, 'fingerprints');
  const refOf = createFingerprinter(fingerprintKey, 'merchant_ref');
  const cardOf = createFingerprinter(fingerprintKey, 'card_number');
  const storage = await context.storage();
  async function* lines() {
    for (const [index, { merchantRef }] of file.rows.entries()) {
      yield fingerprintLineOf({ merchantRef: refOf(merchantRef), card: cardOf(`card-${index}`) });
    }
  }
  await keepFingerprints(storage, batchId, key.id, lines());
  const ended = outcomes.map((outcome, index) =>
    unansweredLine(createSendableRow(index + 1), { sends: 1 }, { outcome }),
  );
  await writeOutcomeLines(storage, { batchId, pass: 1, shard: 1 }, ended);
  const questions: string[] = [];
  const terminal = {
    ...context.terminal,
    confirm: (question: string) => {
      questions.push(question);
      return Promise.resolve(false);
    },
  };
  return {
    questions,
    launch: (options: Partial<LaunchOptions>) =>
      launchBatch({ ...context, terminal }, file.path, { merchantId: 'm', ...options }),
  };
}

test('--yes does not charge again what has a token or may have been charged; with --charge-again it does', async (t) => {
  const { launch, questions } = await openLaunch(t, ['tokenized', 'unknown', 'declined']);
  await assert.rejects(launch({ yes: true }), (error) => {
    assert.ok(error instanceof OperationRefused);
    assert.match(error.message, /Not started: 2 references of the file would be charged again/);
    assert.match(
      error.message,
      /--skip-tokenized-in.*--charge-again.*\n {2}cardlift status cardlift\/m\/earlier$/,
    );
    return true;
  });
  assert.equal((await launch({ yes: true, chargeAgain: true })).isNew, true);
  assert.deepEqual(questions, []);
});

test('the question says how many references would be charged again, also with --charge-again alone', async (t) => {
  const { launch, questions } = await openLaunch(t, ['charged_without_token', 'declined', 'declined']);
  await assert.rejects(launch({}), /not confirmed/);
  await assert.rejects(launch({ chargeAgain: true }), /not confirmed/);
  assert.match(questions[0] ?? '', /although 1 reference would be charged again/);
  assert.equal(questions.length, 2);
});

test('--yes is enough for references that were not charged', async (t) => {
  const { launch } = await openLaunch(t, ['declined', 'failed', 'not_sent']);
  assert.equal((await launch({ yes: true })).isNew, true);
});

/** Two files with one reference in common, and operators who start them in one storage. */
async function openTwoFiles(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-again-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const context = createTestContext(folder, 'http://127.0.0.1:9');
  const fileOf = async (name: string, refs: readonly string[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, plainHeader + refs.map((ref) => createPlainLine(ref, '4111111111111111')).join(''));
    return path;
  };
  const [a, b] = [await fileOf('a.csv', ['same-ref']), await fileOf('b.csv', ['same-ref', 'other-ref'])];
  const questions: string[] = [];
  const reported: string[] = [];
  const launch = (
    file: string,
    options: Partial<LaunchOptions>,
    confirm: () => Promise<boolean> | boolean,
  ) => {
    const terminal = {
      ...context.terminal,
      report: (text: string) => void reported.push(text),
      confirm: async (question: string) => {
        questions.push(question);
        return await confirm();
      },
    };
    return launchBatch({ ...context, terminal }, file, { merchantId: 'm', ...options });
  };
  return { context, a, b, questions, reported, launch };
}
const no = () => false;
const yes = () => true;
const refusedWith =
  (code: string, ...patterns: readonly RegExp[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof OperationRefused, String(error));
    assert.equal(error.code, code);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

test('a batch that is not staged yet counts as overlapping: --yes is refused, and names it and the remedy', async (t) => {
  const { a, b, launch, reported } = await openTwoFiles(t);
  const first = (await launch(a, { yes: true }, no)).record.batchId;
  reported.length = 0;
  await assert.rejects(
    launch(b, { yes: true }, no),
    refusedWith(
      'consent_missing',
      /^Not started: cardlift\/m\/a-\w+ is not staged yet, so it may charge the same references\./,
      /Wait until it is staged, or cancel it .*--charge-again.*\n {2}cardlift status cardlift\/m\/a-\w+$/s,
    ),
  );
  assert.match(reported.join('\n'), /1 batch that may have any of these rows, see below/);
  assert.match(reported.join('\n'), new RegExp(`${first}\n +not staged yet: wait until it is`));
  assert.equal((await launch(b, { yes: true, chargeAgain: true }, no)).isNew, true);
});

test('the question says that a batch which is not staged yet may charge the same references', async (t) => {
  const { a, b, launch, questions } = await openTwoFiles(t);
  await launch(a, { yes: true }, no);
  await assert.rejects(launch(b, {}, no), /not confirmed/);
  assert.equal(questions[0], 'Start the batch, although 1 batch may charge the same references?');
  assert.equal((await launch(b, {}, yes)).isNew, true);
});

test('a batch that was cancelled before it was staged is no overlap', async (t) => {
  const { context, a, b, launch } = await openTwoFiles(t);
  const { record } = await launch(a, { yes: true }, no);
  assert.ok(await cancelUnsent(context, record, {}));
  assert.equal((await launch(b, { yes: true }, no)).isNew, true);
});

test('a batch that is started while the operator reads the question is found: nothing is started', async (t) => {
  const { a, b, launch } = await openTwoFiles(t);
  const meanwhile = async () => (await launch(a, { yes: true }, no)).isNew;
  await assert.rejects(
    launch(b, {}, meanwhile),
    refusedWith(
      'conflict',
      /started after the preview.*Repeat the command.*\n {2}cardlift status cardlift\/m\/a-/s,
    ),
  );
  await assert.rejects(launch(b, { yes: true }, no), refusedWith('consent_missing', /is not staged yet/));
  assert.equal((await launch(b, {}, yes)).isNew, true);
});

test('of two launches at the same moment at most one starts, and the other one can be repeated', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const { context, a, b, launch } = await openTwoFiles(t);
    const both = await Promise.allSettled([launch(a, { yes: true }, no), launch(b, { yes: true }, no)]);
    const started = both.filter(({ status }) => status === 'fulfilled').length;
    assert.ok(started <= 1, `round ${round}: ${started} started`);
    const storage = await context.storage();
    const open: string[] = [];
    for (const id of await listBatchesOf(storage, 'm')) {
      if (!(await isCancelledUnsent(storage, id))) open.push(id);
    }
    assert.equal(open.length, started, 'a launch that did not start left no open batch');
    if (started === 0) assert.equal((await launch(a, { yes: true }, no)).isNew, true);
  }
});

test('a batch whose record appears only at the claim is found after it, and the claimed batch is cancelled', async (t) => {
  const { context, a, b, launch } = await openTwoFiles(t);
  const storage = await context.storage();
  let hasStarted = false;
  const claiming = {
    ...context,
    storage: () =>
      Promise.resolve({
        ...storage,
        files: {
          ...storage.files,
          createExclusive: async (key: string, content: Uint8Array | string) => {
            const isCreated = await storage.files.createExclusive(key, content);
            if (key.endsWith('batch.json') && !hasStarted) {
              hasStarted = true;
              await launch(a, { yes: true, chargeAgain: true }, no);
            }
            return isCreated;
          },
        },
      }),
  };
  await assert.rejects(
    launchBatch(claiming, b, { merchantId: 'm', yes: true }),
    refusedWith(
      'conflict',
      /at the same moment.*cardlift\/m\/b-\w+ was cancelled, and nothing of it was sent/,
    ),
  );
  assert.ok(await isCancelledUnsent(storage, (await listBatchesOf(storage, 'm'))[1] ?? ''));
});

test('a batch with lost fingerprints counts as overlapping', async (t) => {
  const { context, a, b, launch } = await openTwoFiles(t);
  const { record } = await launch(a, { yes: true }, no);
  const decision = { decision: 'send', at: record.createdAt, who: 'cardlift' } as const;
  await decideSending(await context.storage(), record.batchId, decision);
  await assert.rejects(
    launch(b, { yes: true }, no),
    refusedWith('consent_missing', /has no fingerprints in the storage.*Compare its results with the file/),
  );
});
