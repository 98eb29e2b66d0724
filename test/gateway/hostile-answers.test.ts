/*
 * Every hostile answer, through the gateway's client and the verdict: no row is sent again, and no
 * token is lost.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { rowAnswerOf } from '../../src/activities/row-answers.ts';
import { errorCodeEntry } from '../../src/domain/error-codes.ts';
import { createSendableRow } from '../support/batches.ts';
import { type HostileAnswer, hostileAnswers } from '../support/hostile-answers.ts';
import { startHostileGateway, tokenOf } from '../support/hostile-gateway.ts';
import { createPaymentOptionsGateway } from '../support/payment-options.ts';

/** Sends a few rows, one after the other. Returns what became of the last one. */
async function sendRows(t: TestContext, { reply }: Pick<HostileAnswer, 'reply'>, rows = 3) {
  const hostile = await startHostileGateway(t, reply);
  const gateway = createPaymentOptionsGateway({
    baseUrl: hostile.baseUrl,
    authorization: 'Basic simulator',
    apiKey: 'simulator',
  });
  t.after(() => gateway.close());
  const results = [];
  for (let row = 1; row <= rows; row += 1) {
    const merchantTxnRef = `abcdefghijkl-p1-r${row}-n1`;
    const { exchange, verdict } = await gateway.tokenize({
      row: createSendableRow(row),
      merchantId: 'merchant',
      merchantTxnRef,
      timeoutMs: 2_000,
    });
    assert.ok(verdict.kind === 'final', JSON.stringify(verdict));
    const answer = rowAnswerOf(verdict, exchange, merchantTxnRef, '2026-01-01T00:00:00.000Z');
    results.push({ exchange, verdict, answer });
  }
  return { hostile, results };
}

for (const [kind, answers] of Object.entries(hostileAnswers)) {
  for (const hostileAnswer of answers) {
    const { name, expected, hold, token } = hostileAnswer;
    test(`${kind}: after ${name} the row is never sent again, and its evidence is ${expected}`, async (t) => {
      const { hostile, results } = await sendRows(t, hostileAnswer);
      assert.equal(hostile.requests.length, 3);
      const last = results.at(-1);
      const request = hostile.requests.at(-1);
      assert.ok(last !== undefined && request !== undefined);
      const { verdict, answer, exchange } = last;
      const sent = createSendableRow(3).cardNumber;
      assert.ok(!JSON.stringify(answer).includes(sent));
      if (answer.errorCode !== undefined) {
        assert.match(errorCodeEntry(answer.errorCode as never).resend, /^(?:never|resolve)$/);
      }
      assert.equal(verdict.holds, hold);
      const own = token?.(request) ?? tokenOf(request);
      switch (expected) {
        case 'kept':
          assert.deepEqual([answer.outcome, answer.storedPaymentMethodId], ['tokenized', own]);
          break;
        case 'evidence':
          assert.deepEqual([answer.outcome, answer.storedPaymentMethodId], ['unknown', own]);
          break;
        case 'raw':
          assert.deepEqual([answer.outcome, answer.errorCode], ['unknown', 'unknown_unusable_token']);
          assert.ok('raw' in exchange && (exchange.raw?.byteLength ?? 0) > 100);
          break;
        case 'charged':
          assert.deepEqual([answer.outcome, answer.isCharged], ['charged_without_token', true]);
          break;
        case 'any':
          assert.equal(answer.outcome, 'unknown');
          assert.ok('raw' in exchange && (exchange.raw?.byteLength ?? 0) > 0);
          break;
        case 'none':
          assert.deepEqual([answer.outcome, answer.storedPaymentMethodId], ['unknown', undefined]);
          break;
      }
    });
  }
}

test('the ids of an answer to another request are kept apart from the row’s own', async (t) => {
  const [mixedUp] = hostileAnswers.mixedUp;
  assert.ok(mixedUp !== undefined);
  const { results } = await sendRows(t, mixedUp, 1);
  const { answer } = results[0] ?? assert.fail();
  assert.deepEqual(answer.foreign, {
    merchantTxnRefs: ['another-p1-r9-n1'],
    transactionId: 'tx-1',
    storedPaymentMethodId: 'pm_of_another',
  });
  assert.match(answer.message ?? '', /names another request: merchant_txn_ref another-p1-r9-n1/);
});
