/*
 * Whole batches against gateways that charge every request and answer as no gateway should: with
 * the commands, files and redrives of an operator. The gateway's own list of charges is the truth.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { type HostileAnswer, hostileAnswers } from '../support/hostile-answers.ts';
import { goodAnswer, httpAnswer, startHostileGateway, tokenOf } from '../support/hostile-gateway.ts';
import { readResultFile } from '../support/ledger-comparison.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const temporal = await startTemporalServer();
after(() => temporal.stop());
let site: CardliftSite;
afterEach(() => site.remove());

async function writeMerchantFile(rows: number): Promise<string> {
  const lines = Array.from(
    { length: rows },
    (_, index) => `ref-${index + 1},${generatedCardNumber(index + 1)},12/2039,10,JPY\n`,
  );
  const file = join(site.folder, 'cards.csv');
  await writeFile(file, `merchant_ref,card_number,expiry,amount,currency\n${lines.join('')}`);
  return file;
}

/**
 * Answers that neither hold the batch nor take long, each followed by two good ones, so that no
 * five in succession are ambiguous.
 */
const inOrder: readonly (HostileAnswer | undefined)[] = Object.values(hostileAnswers)
  .flat()
  .filter(({ hold, name }) => hold === undefined && !/gigabyte|megabytes/.test(name))
  .flatMap((answer) => [answer, undefined, undefined]);

test('a batch of hostile answers charges no card twice, loses no token, and a redrive sends none of its charged rows', async (t) => {
  // One good answer first, because the probe's answer must be readable.
  const hostile = await startHostileGateway(t, (socket, request) => {
    const answer = inOrder[request.number - 2];
    if (answer === undefined) socket.write(httpAnswer(201, goodAnswer(request)));
    else return answer.reply(socket, request);
  });
  site = await createCardliftSite({ baseUrl: hostile.baseUrl, temporalAddress: temporal.address });
  const rows = inOrder.length + 1;
  const file = await writeMerchantFile(rows);
  const run = await site.startRun(file, ['--concurrency', '1', '--tolerate', '100']).exited;
  assert.equal(run.code, 1, run.stderr);

  const charges = hostile.charges();
  assert.equal(charges.length, rows);
  assert.equal(new Set(charges.map(({ cardNumber }) => cardNumber)).size, rows);

  const results = await readResultFile(site.outFolder, 'results.csv');
  const listed = new Set([
    ...(await readResultFile(site.outFolder, 'charges.csv')).map(({ row }) => row),
    ...(await readResultFile(site.outFolder, 'unresolved.csv')).map(({ row }) => row),
  ]);
  const faults: string[] = [];
  for (const result of results) {
    const request = hostile.requests.find(({ body }) => body.merchant_txn_ref === result.merchant_txn_ref);
    const answer = inOrder[(request?.number ?? 0) - 2];
    if (request === undefined) faults.push(`row ${result.row}: no request`);
    else {
      const own = answer?.token?.(request) ?? tokenOf(request);
      const [outcome, token] = {
        kept: ['tokenized', own],
        evidence: ['unknown', own],
        raw: ['unknown', ''],
        charged: ['charged_without_token', ''],
        none: ['unknown', ''],
        any: ['unknown', result.stored_payment_method_id],
      }[answer?.expected ?? 'kept'] as [string, string];
      if (result.outcome !== outcome || result.stored_payment_method_id !== token) {
        faults.push(`${answer?.name}: ${result.outcome} ${result.stored_payment_method_id?.slice(0, 40)}`);
      }
    }
    if (!listed.has(result.row as string)) faults.push(`row ${result.row} is in neither list`);
  }
  assert.deepEqual(faults, []);

  const redriven = await site.start(['redrive', 'cards', '--yes', '--json']).exited;
  assert.equal(JSON.parse(redriven.stdout).rows, 0, redriven.stderr);
  assert.equal(hostile.charges().length, rows, 'nothing was sent again');

  // The answers that a person must read are there, and show no digits of a card.
  const broken = results.find(({ error_code }) => error_code === 'unknown_unusable_token');
  const shown = await site.start(['show', 'cards', broken?.merchant_ref ?? '', '--json']).exited;
  const [story] = JSON.parse(shown.stdout).rows;
  assert.equal(story.kept_answers.length, 1);
  assert.match(story.kept_answers[0].masked_text, /stored_payment_method_id/);
  for (const { cardNumber } of charges) assert.ok(!shown.stdout.includes(cardNumber));
});

for (const hostileAnswer of hostileAnswers.mixedUp.filter(({ hold }) => hold !== undefined)) {
  test(`after ${hostileAnswer.name} the batch holds at once, and the row keeps the received data`, async (t) => {
    const hostile = await startHostileGateway(t, (socket, request) =>
      request.number === 3
        ? hostileAnswer.reply(socket, request)
        : void socket.write(httpAnswer(201, goodAnswer(request))),
    );
    site = await createCardliftSite({ baseUrl: hostile.baseUrl, temporalAddress: temporal.address });
    const file = await writeMerchantFile(20);
    const held = await site.startRun(file, ['--concurrency', '1']).exited;
    assert.equal(held.code, 3, held.stderr);
    assert.equal(JSON.parse(held.stdout).hold.code, hostileAnswer.hold);
    assert.equal(hostile.requests.length, 3);

    const ended = await site.startRun(file, ['--concurrency', '1', '--resume']).exited;
    assert.equal(ended.code, hostileAnswer.expected === 'kept' ? 0 : 1, ended.stderr);
    assert.equal(hostile.requests.length, 20);
    const result = (await readResultFile(site.outFolder, 'results.csv'))[2];
    assert.ok(result !== undefined);
    if (hostileAnswer.expected === 'kept') {
      assert.equal(result.outcome, 'tokenized');
      assert.match(result.next_step ?? '', /The gateway reports a charge of/);
    } else {
      assert.equal(result.error_code, 'unknown_contradiction');
      assert.match(result.error_message ?? '', /names another request: merchant_txn_ref another-p1-r9-n1/);
    }
  });
}

test('one token for every card is reported at the end, in the manifest and in the report', async (t) => {
  const hostile = await startHostileGateway(t, (socket, request) => {
    const transaction = { stored_payment_method_id: 'pm_same' };
    socket.write(httpAnswer(201, goodAnswer(request, { transaction })));
  });
  site = await createCardliftSite({ baseUrl: hostile.baseUrl, temporalAddress: temporal.address });
  const run = await site.startRun(await writeMerchantFile(5)).exited;
  assert.equal(run.code, 0, run.stderr);
  const manifest = JSON.parse(await readFile(join(site.outFolder, 'manifest.json'), 'utf8'));
  assert.deepEqual(manifest.shared_tokens, { rows: 5, groups: [[1, 2, 3, 4, 5]] });
  const results = await site.start(['results', 'cards']).exited;
  assert.match(results.stdout, /WARNING: 5 rows have a token that another card received too/);
  const report = await site.start(['report', 'cards']).exited;
  assert.match(report.stdout, /5 rows: SAME TOKEN FOR DIFFERENT CARDS \(rows 1, 2, 3, 4, 5;/);
});

test('a canary whose answer reports another amount holds for that reason, and cannot be approved', async (t) => {
  const hostile = await startHostileGateway(t, (socket, request) => {
    const payment = request.number === 1 ? { amount: 100_000 } : {};
    socket.write(httpAnswer(201, goodAnswer(request, { payment })));
  });
  site = await createCardliftSite({ baseUrl: hostile.baseUrl, temporalAddress: temporal.address });
  const file = await writeMerchantFile(5);
  const held = await site.startRun(file, ['--canary', '1']).exited;
  assert.equal(held.code, 3, held.stderr);
  assert.equal(JSON.parse(held.stdout).hold.code, 'amount_disagrees');
  const approved = await site.startRun(file, ['--approve']).exited;
  assert.equal(approved.code, 3, approved.stderr);
  assert.equal(hostile.requests.length, 1);
  // After a person has checked, the canary waits for its approval as usual.
  const resumed = await site.startRun(file, ['--resume']).exited;
  assert.equal(JSON.parse(resumed.stdout).hold.code, 'canary_sent');
  const ended = await site.startRun(file, ['--approve']).exited;
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(hostile.requests.length, 5);
});
