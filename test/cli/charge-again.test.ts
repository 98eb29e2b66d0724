/* A file with references of an earlier batch: none is charged again without consent. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { launchBatch } from '../../src/cli/commands/launch.ts';
import type { LaunchOptions } from '../../src/cli/launch-options.ts';
import type { RowOutcome } from '../../src/contract/outcome.ts';
import { createFingerprinter } from '../../src/input/fingerprinter.ts';
import { OperationRefused } from '../../src/operations/errors.ts';
import { unansweredLine } from '../../src/results/outcome-line.ts';
import { deriveKey } from '../../src/storage/encryption.ts';
import { fingerprintLineOf, writeFingerprints } from '../../src/storage/row-fingerprints.ts';
import { createTestContext } from '../support/app-context.ts';
import { createSendableRow } from '../support/batches.ts';
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
  await writeFingerprints(storage, batchId, key.id, lines());
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
