import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { definedOf } from '../../src/domain/defined.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { type FaultName, faultNames, faultOf } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import {
  type AnswerBody,
  createPaymentRequest,
  type PlainAnswer,
  parseAnswer,
  sendPlain,
} from './gateway-requests.ts';

/** What a client sees of each fault, and what the ledger says afterwards; keyed by fault. */
interface Expectation {
  /** Undefined if no complete answer arrives. */
  readonly status?: number;
  readonly isCharged: boolean;
  /** True if the complete answer reported the charge. */
  readonly isAnswered?: boolean;
  readonly responseCode?: number;
  readonly gatewayCode?: string;
  readonly retryAfter?: string;
  readonly check?: (answer: PlainAnswer, cardNumber: string) => void;
}

const declined = (responseCode: number, gatewayCode = 'ERR2001'): Expectation => ({
  status: 200,
  isCharged: false,
  responseCode,
  gatewayCode,
  check: ({ text }) => {
    assert.equal(parseAnswer(text).success, false);
    assert.doesNotMatch(text, /stored_payment_method_id/);
  },
});

const refused = (status: number, retryAfter?: string): Expectation => ({
  status,
  isCharged: false,
  ...definedOf({ retryAfter }),
});

const paid = (check: (body: AnswerBody, text: string, card: string) => void): Expectation => ({
  status: 201,
  isCharged: true,
  isAnswered: true,
  check: ({ text }, card) => check(parseAnswer(text), text, card),
});

const expectations: Record<FaultName, Expectation> = {
  'declined-hard': declined(41),
  'declined-not-permitted': declined(57),
  'declined-cardholder-action': declined(65),
  'declined-soft': declined(51),
  'declined-system': declined(91),
  'declined-risk': declined(-8004, 'ERR3004'),
  'declined-velocity': declined(-8008, 'ERR3008'),
  'declined-duplicate': declined(94),
  'declined-unclear': { ...declined(68), isCharged: true },
  'declined-set-up': declined(3),
  'declined-unlisted': declined(9999),
  'approved-oddly': paid((body) => {
    assert.equal(body.payment_details.response_code, 10);
    assert.ok(body.transaction_details.stored_payment_method_id);
  }),
  'without-token': paid((body) => {
    assert.equal(body.success, true);
    assert.equal(body.transaction_details.stored_payment_method_id, undefined);
  }),
  'pan-echo': paid((body, _text, card) => {
    assert.equal(body.payment_details.card.number, card);
    assert.ok(body.gateway_response.message.includes(card));
  }),
  'three-d-secure': {
    status: 201,
    isCharged: false,
    check: ({ text }) => {
      const body = parseAnswer(text);
      assert.equal(body.success, true);
      assert.match(body.redirect_url ?? '', /^https:/);
      assert.equal(body.transaction_details.stored_payment_method_id, undefined);
    },
  },
  'wrong-is-live': paid((body) => assert.equal(body.is_live, true)),
  'cut-json': {
    status: 201,
    isCharged: true,
    check: ({ text }) => {
      assert.throws(() => parseAnswer(text), SyntaxError);
      assert.doesNotMatch(text, /stored_payment_method_id/);
    },
  },
  'cut-connection': { isCharged: true },
  slow: paid((body) => assert.ok(body.transaction_details.stored_payment_method_id)),
  'status-307': {
    ...refused(307),
    check: ({ headers }) => assert.match(headers.location ?? '', /^https:/),
  },
  'status-400': refused(400),
  'status-401': refused(401),
  'status-403': refused(403),
  'status-406': refused(406),
  'status-408': refused(408),
  'status-409': refused(409),
  'status-412': refused(412),
  'status-422': refused(422),
  'status-425': refused(425),
  'status-429': refused(429, '1'),
  'error-before': refused(500),
  'error-after': { status: 500, isCharged: true },
  'status-502': refused(502),
  'status-503-retry': refused(503, '1'),
  'status-503': { status: 503, isCharged: true },
  'status-504': { status: 504, isCharged: true },
  'drop-before': { isCharged: false },
  'drop-after': { isCharged: true },
  hang: { isCharged: true },
};

let simulator: Simulator;
let baseUrl: string;

before(async () => {
  simulator = createSimulator({ settings: { slowMs: 30 } });
  ({ baseUrl } = await simulator.listen(0));
});
after(() => simulator.close());

const pay = (card: string, txnRef: string, signal?: AbortSignal): Promise<PlainAnswer> =>
  sendPlain(baseUrl, {
    body: JSON.stringify(createPaymentRequest(card, txnRef)),
    ...definedOf({ signal }),
  });

const chargesOf = (txnRef: string) =>
  simulator.ledger().charges.filter((charge) => charge.merchantTxnRef === txnRef);

for (const [name, expected] of Object.entries(expectations) as [FaultName, Expectation][]) {
  test(`${name}: ${faultOf(name).text}`, async () => {
    const card = generatedCardNumber(500, name);
    const txnRef = `ref-${name}`;
    if (expected.status === undefined) {
      await assertNoAnswer(name, card, txnRef);
    } else {
      const answer = await pay(card, txnRef);
      assert.equal(answer.status, expected.status);
      assert.equal(answer.headers['retry-after'], expected.retryAfter);
      if (expected.responseCode !== undefined) {
        const body = parseAnswer(answer.text);
        assert.equal(body.payment_details.response_code, expected.responseCode);
        assert.equal(body.gateway_response.code, expected.gatewayCode);
      }
      if (name !== 'pan-echo') assert.ok(!answer.text.includes(card));
      expected.check?.(answer, card);
    }
    assert.deepEqual(
      chargesOf(txnRef).map((charge) => charge.answered),
      expected.isCharged ? [expected.isAnswered === true] : [],
    );
    assert.equal(simulator.stats().byFault[name], 1);
  });
}

/** A hanging request is aborted once its charge is made; every other one fails by itself. */
async function assertNoAnswer(name: FaultName, card: string, txnRef: string): Promise<void> {
  const givingUp = new AbortController();
  const lost = assert.rejects(pay(card, txnRef, givingUp.signal));
  if (name === 'hang') {
    const { unanswered } = simulator.stats();
    while (simulator.stats().unanswered === unanswered) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    givingUp.abort();
  }
  await lost;
}

for (const name of faultNames.filter((one) => faultOf(one).isOnce === true)) {
  test(`${name}: the second request with the card is paid`, async () => {
    const card = generatedCardNumber(600, name);
    assert.equal((await pay(card, `first-${name}`)).status, expectations[name].status);
    assert.equal((await pay(card, `second-${name}`)).status, 201);
    assert.equal(chargesOf(`second-${name}`).length, 1);
  });
}

test('slow: the answer takes as much longer as the setting says', async () => {
  const startedAtMs = performance.now();
  await pay(generatedCardNumber(700, 'slow'), 'ref-slow-2');
  // Node's timers may fire up to a millisecond early.
  assert.ok(performance.now() - startedAtMs >= 29);
});

test('A forced fault also applies to a well-known test card, until it is removed', async () => {
  simulator.change({ forcedFault: 'status-504' });
  assert.equal((await pay('4111111111111111', 'all-1')).status, 504);
  simulator.change({ forcedFault: null });
  assert.equal((await pay('4111111111111111', 'all-2')).status, 201);
});
