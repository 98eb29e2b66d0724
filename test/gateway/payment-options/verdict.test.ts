import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { definedOf } from '../../../src/domain/defined.ts';
import { errorCodeEntry } from '../../../src/domain/error-codes.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { classifyExchange as classify } from '../../../src/gateway/classify-exchange.ts';
import type { Exchange, PaymentAnswer } from '../../../src/gateway/exchange.ts';
import { answerRules } from '../../../src/gateway/payment-options/answer-rules.ts';

const classifyExchange = (exchange: Exchange): Verdict => classify(exchange, answerRules);

const token = 'pm_00a1';
const contradiction = 'unknown unknown_contradiction ambiguous';

const answered = (status: number, answer?: PaymentAnswer, retryAfterMs?: number): Exchange => ({
  kind: 'answered',
  status,
  ...definedOf({ answer, retryAfterMs }),
});

/** A verdict in short: `not_processed`, `set_up_wrong`, or the row's outcome. */
function wordsOf(verdict: Verdict): string {
  return verdict.kind === 'final'
    ? [verdict.outcome, verdict.errorCode, verdict.counts].filter((part) => part !== undefined).join(' ')
    : verdict.kind;
}

const wordsOfExchange = (exchange: Exchange): string => wordsOf(classifyExchange(exchange));

for (const cause of ['dns', 'refused', 'timeout', 'other'] as const) {
  test(`a connection that was never made (${cause}) was certainly not processed`, () => {
    assert.deepEqual(classifyExchange({ kind: 'not_connected', cause }), {
      kind: 'not_processed',
      cause: `not connected (${cause})`,
    });
  });
}

test('a refused certificate or TLS protocol holds the batch with its reason', () => {
  assert.deepEqual(classifyExchange({ kind: 'not_trusted', code: 'CERT_HAS_EXPIRED' }), {
    kind: 'set_up_wrong',
    fault: { kind: 'tls', code: 'CERT_HAS_EXPIRED' },
  });
});

test('no answer in time leaves the row unknown', () => {
  assert.equal(wordsOfExchange({ kind: 'no_answer', cause: 'timeout' }), 'unknown unknown_timeout ambiguous');
});

test('a connection lost after sending leaves the row unknown', () => {
  assert.equal(
    wordsOfExchange({ kind: 'no_answer', cause: 'connection_lost' }),
    'unknown unknown_connection_lost ambiguous',
  );
});

/* The statuses that decide a row if its answer has no evidence of a payment. */
const byStatus = new Map<string, readonly number[]>([
  ['set_up_wrong', [301, 302, 307, 308, 401, 403, 404, 405]],
  ['failed request_refused request_refused', [400, 412, 422]],
  ['declined card_invalid definite', [406]],
  ['unknown unknown_duplicate ambiguous', [409]],
  ['not_processed', [425, 429]],
  ['unknown unknown_timeout ambiguous', [408]],
  [
    'unknown unknown_server_error ambiguous',
    [
      100, 102, 202, 203, 204, 206, 226, 299, 300, 303, 304, 305, 399, 402, 407, 410, 411, 413, 414, 415, 416,
      417, 418, 421, 423, 424, 426, 428, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 522,
      524, 530, 599,
    ],
  ],
]);

for (const [words, statuses] of byStatus) {
  for (const status of statuses) {
    test(`HTTP ${status} without Retry-After and without evidence means ${words}`, () => {
      assert.equal(wordsOfExchange(answered(status)), words);
      assert.equal(wordsOfExchange(answered(status, { success: false, responseCode: 51 })), words);
    });
  }
}

for (const status of [425, 429, 503]) {
  test(`HTTP ${status} with Retry-After was not processed, and carries the wait`, () => {
    assert.deepEqual(classifyExchange(answered(status, undefined, 7_000)), {
      kind: 'not_processed',
      cause: `HTTP ${status}`,
      retryAfterMs: 7_000,
    });
  });
}

test('Retry-After makes no other status safe to send again', () => {
  for (const status of [408, 409, 500, 502, 504, 529]) {
    assert.match(wordsOfExchange(answered(status, undefined, 1_000)), /^unknown /);
  }
});

for (const status of [200, 201]) {
  test(`HTTP ${status} with a body that is not an answer leaves the row unknown`, () => {
    for (const answer of [undefined, {}, { gatewayCode: 'ERR2001', responseCode: 51 }, { responseCode: 0 }]) {
      assert.equal(wordsOfExchange(answered(status, answer)), 'unknown unknown_unreadable_answer ambiguous');
    }
  });

  test(`HTTP ${status} with a token and a paid code is tokenized, with or without a success field`, () => {
    for (const paid of [{ gatewayCode: 'INFO0000' }, { responseCode: 0, transactionId: 'txn-1' }]) {
      assert.equal(
        wordsOfExchange(answered(status, { storedPaymentMethodId: token, ...paid })),
        'tokenized definite',
      );
    }
  });

  test(`HTTP ${status} with nothing but a token leaves the row unknown`, () => {
    assert.equal(wordsOfExchange(answered(status, { storedPaymentMethodId: token })), contradiction);
  });

  test(`HTTP ${status} with success and a token is tokenized and charged`, () => {
    assert.deepEqual(
      classifyExchange(answered(status, { success: true, storedPaymentMethodId: token, responseCode: 0 })),
      { kind: 'final', outcome: 'tokenized', counts: 'definite', isCharged: true },
    );
  });
}

test('a success without a response code is tokenized without a remark', () => {
  const verdict = classifyExchange(answered(201, { success: true, storedPaymentMethodId: token }));
  assert.equal(verdict.kind === 'final' && verdict.remark, undefined);
});

for (const responseCode of [8, 10, 85]) {
  test(`a success with the odd approval ${responseCode} keeps the token and asks for a check`, () => {
    const verdict = classifyExchange(
      answered(201, { success: true, storedPaymentMethodId: token, responseCode }),
    );
    assert.equal(wordsOf(verdict), 'tokenized definite');
    assert.match(verdict.kind === 'final' ? (verdict.remark ?? '') : '', new RegExp(`code ${responseCode}:`));
  });
}

test('a success without a token was charged and is never sent again', () => {
  assert.deepEqual(classifyExchange(answered(201, { success: true, responseCode: 0 })), {
    kind: 'final',
    outcome: 'charged_without_token',
    errorCode: 'charged_no_token',
    counts: 'definite',
    isCharged: true,
  });
});

test('a refusal with a link and no token asks for 3-D Secure, and nothing was charged', () => {
  for (const responseCode of [undefined, 0, 51]) {
    const code = responseCode === undefined ? {} : { responseCode };
    const verdict = classifyExchange(answered(201, { success: false, hasRedirect: true, ...code }));
    assert.equal(wordsOf(verdict), 'declined three_d_secure_required definite');
  }
});

test('success with a link and nothing else leaves it open whether the card was charged', () => {
  assert.equal(
    wordsOfExchange(answered(201, { success: true, hasRedirect: true })),
    'unknown unknown_three_d_secure definite',
  );
});

test('a paid answer without a token was charged, with a link or without', () => {
  for (const hasRedirect of [true, false]) {
    for (const paid of [
      { success: true, gatewayCode: 'INFO0000' },
      { success: true, responseCode: 0, transactionId: 'txn-1' },
      { gatewayCode: 'info0001' },
    ]) {
      assert.equal(
        wordsOfExchange(answered(201, { ...paid, ...(hasRedirect ? { hasRedirect } : {}) })),
        'charged_without_token charged_no_token definite',
      );
    }
  }
});

test('a token that comes with a refusal leaves the row unknown, whatever the codes say', () => {
  for (const codes of [{}, { responseCode: 51 }, { gatewayCode: 'ERR3004' }, { hasRedirect: true }]) {
    assert.equal(
      wordsOfExchange(answered(200, { success: false, storedPaymentMethodId: token, ...codes })),
      'unknown unknown_contradiction ambiguous',
    );
  }
});

test('a refusal whose codes mean paid contradicts itself', () => {
  for (const gatewayCode of ['INFO0000', 'info0000', 'Info0001', ' INFO0000 ']) {
    assert.equal(
      wordsOfExchange(answered(200, { success: false, gatewayCode, responseCode: 51 })),
      contradiction,
    );
  }
  for (const responseCode of [0, 8, 10, 85]) {
    assert.equal(wordsOfExchange(answered(200, { success: false, responseCode })), contradiction);
  }
});

/*
 * The gateway's risk rules. Those that count attempts over time mean that the batch itself is the
 * cause.
 */
const velocityRules = [3008, 3009, 3010, 3011, 3012, 3013, 3014, 3015];
const riskRules = [3001, 3002, 3003, 3004, 3005, 3006, 3007, 3016];

for (const rule of [...velocityRules, ...riskRules]) {
  const errorCode = velocityRules.includes(rule) ? 'declined_velocity' : 'declined_risk';
  const counts = velocityRules.includes(rule) ? 'velocity' : 'definite';
  test(`the gateway's rule ERR${rule} in any case is ${errorCode}`, () => {
    for (const gatewayCode of [`ERR${rule}`, `err${rule}`, `Err${rule}`]) {
      // The rule's response code, and one of another class that must not win over the rule.
      for (const responseCode of [-8000 - (rule % 1000), 51, 68]) {
        assert.equal(
          wordsOfExchange(answered(200, { success: false, gatewayCode, responseCode })),
          `declined ${errorCode} ${counts}`,
        );
      }
    }
  });
}

test('for a gateway code beyond the rules the response code decides', () => {
  for (const gatewayCode of [
    'ERR3000',
    'ERR3017',
    'ERR2001',
    'ERR30080',
    'XERR3008',
    'INFO0002',
    'INFO0003',
  ]) {
    assert.equal(
      wordsOfExchange(answered(200, { success: false, gatewayCode, responseCode: 51 })),
      'declined declined_soft definite',
    );
  }
});

test('a refusal without any code is declined and not sent again', () => {
  assert.equal(wordsOfExchange(answered(200, { success: false })), 'declined declined_other definite');
});

/*
 * Every response code of the gateway's table, copied by hand: an imported table would agree with
 * its own mistakes.
 */
const byResponseCode: Readonly<Record<string, string>> = {
  'declined declined_hard definite': '4 7 14 15 39 41 43 52 53 54 76 77 78 577 586 587 588 589 605 606 608',
  'declined declined_not_permitted definite': '12 57 62 93 972 973 975',
  'declined declined_cardholder_action definite': '55 65 82 580 581 662 835 937',
  'declined declined_soft definite': '1 2 5 28 51 61 70 583 584',
  'declined declined_system definite':
    '19 80 91 92 96 443 444 445 446 447 448 449 450 453 454 455 456 457 459 460 675 678 681 703 705',
  'unknown unknown_unclear_code ambiguous':
    '-1 68 452 578 676 677 679 680 682 683 694 695 696 697 698 699 700 701 702 704',
  'unknown unknown_duplicate ambiguous': '94 451',
  'failed set_up_refused set_up_code':
    '3 13 30 58 442 458 590 591 592 593 594 595 596 597 598 599 600 601 602 603 604 622 623 624 625 626 627 628 629 ' +
    '630 631 632 633 634 635 636 637 638 639 640 641 642 643 644 645 646 647 648 649 650 651 652 653 654 655 656 657 ' +
    '658 659 660 661 663 664 665 666 667 668 669 670 671 672 673 674',
  'declined declined_risk definite': '34 59 63 83 -8000 -8001 -8008 -8016 -9000',
  'declined declined_other definite':
    '6 9 11 16 100 576 579 582 585 607 609 621 684 693 706 974 9999 -2 -7999',
};

for (const [words, codes] of Object.entries(byResponseCode)) {
  test(`a refusal with a response code of its class means ${words}`, () => {
    for (const responseCode of codes.split(' ').map(Number)) {
      for (const gatewayCode of [undefined, 'ERR2001']) {
        const answer = {
          success: false,
          responseCode,
          ...definedOf({ gatewayCode }),
        };
        assert.equal(wordsOfExchange(answered(200, answer)), words, `response code ${responseCode}`);
      }
    }
  });
}

const absent = fc.constant(undefined);

/** Every field that the verdict reads, each in every form that it distinguishes. */
const anyAnswer: fc.Arbitrary<PaymentAnswer | undefined> = fc.option(
  fc
    .record({
      success: fc.constantFrom(true, false, undefined),
      isLive: fc.constantFrom(true, false, undefined),
      gatewayCode: fc.oneof(
        absent,
        fc.constantFrom('INFO0000', 'INFO0001', 'INFO0002', 'ERR3004', 'err3008', 'ERR2001'),
        fc.string(),
      ),
      responseCode: fc.oneof(
        absent,
        fc.integer({ min: -9_000, max: 1_000 }),
        fc.constantFrom(0, 8, 51, 94, 68, 590),
      ),
      transactionId: fc.constantFrom('txn-1', undefined),
      hasUnusableTransactionId: fc.constantFrom(true, undefined),
      storedPaymentMethodId: fc.constantFrom(token, undefined),
      unusableToken: fc.oneof({ weight: 5, arbitrary: absent }, { weight: 1, arbitrary: fc.constant('odd') }),
      isTokenMisplaced: fc.constantFrom(true, undefined),
      hasRedirect: fc.constantFrom(true, undefined),
      foreignRefs: fc.oneof(
        { weight: 5, arbitrary: absent },
        { weight: 1, arbitrary: fc.constant(['other-p1-r2-n1']) },
      ),
      otherCharge: fc.constantFrom('another amount', undefined),
    })
    .map((answer): PaymentAnswer => definedOf(answer)),
  { nil: undefined },
);

const anyExchange: fc.Arbitrary<Exchange> = fc.oneof(
  fc.record({
    kind: fc.constant('not_connected' as const),
    cause: fc.constantFrom('dns' as const, 'refused' as const, 'timeout' as const, 'other' as const),
  }),
  fc.record({ kind: fc.constant('not_trusted' as const), code: fc.constant('CERT_HAS_EXPIRED') }),
  fc.tuple(fc.constantFrom('timeout' as const, 'connection_lost' as const), anyAnswer).map(
    ([cause, answer]): Exchange => ({
      kind: 'no_answer',
      cause,
      ...definedOf({ answer }),
    }),
  ),
  fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 100, max: 599 }),
        fc.constantFrom(200, 201, 302, 303, 400, 401, 406, 425, 429, 503),
      ),
      anyAnswer,
      fc.option(fc.nat(3_600_000), { nil: undefined }),
      fc.constantFrom(true, undefined),
    )
    .map(
      ([status, answer, retryAfterMs, isCutOff]): Exchange => ({
        ...answered(status, answer, retryAfterMs),
        ...definedOf({ isCutOff }),
      }),
    ),
);

/** What counts as evidence, written again in the terms of the rule, not of the program. */
function hasEvidence(answer: PaymentAnswer | undefined): boolean {
  if (answer === undefined) return false;
  const code = answer.gatewayCode?.trim().toUpperCase();
  return (
    answer.storedPaymentMethodId !== undefined ||
    answer.unusableToken !== undefined ||
    answer.success === true ||
    code === 'INFO0000' ||
    code === 'INFO0001' ||
    (answer.responseCode === 0 &&
      (answer.transactionId !== undefined || answer.hasUnusableTransactionId === true))
  );
}

const answerOf = (exchange: Exchange): PaymentAnswer | undefined =>
  'answer' in exchange ? exchange.answer : undefined;

/** A redrive may send the row again, perhaps only with an option. */
const mayGoAgain = (verdict: Verdict): boolean =>
  verdict.kind !== 'final' ||
  (verdict.errorCode !== undefined &&
    errorCodeEntry(verdict.errorCode).resend !== 'never' &&
    errorCodeEntry(verdict.errorCode).resend !== 'resolve');

test('an answer with any evidence of a payment or a token is never sent again, whatever its status says', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      const verdict = classifyExchange(exchange);
      if (!hasEvidence(answerOf(exchange))) return;
      assert.equal(mayGoAgain(verdict), false);
      assert.ok(
        verdict.kind === 'final' &&
          ['tokenized', 'charged_without_token', 'unknown'].includes(verdict.outcome),
      );
    }),
    { numRuns: 20_000 },
  );
});

test('a row is tokenized only by a complete success that has its token and no contradiction', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      const verdict = classifyExchange(exchange);
      if (verdict.kind !== 'final' || verdict.outcome !== 'tokenized') return;
      assert.ok(exchange.kind === 'answered' && exchange.status >= 200 && exchange.status <= 299);
      const { answer } = exchange;
      assert.equal(exchange.isCutOff, undefined);
      assert.equal(answer?.storedPaymentMethodId, token);
      assert.notEqual(answer?.success, false);
      assert.deepEqual([answer?.foreignRefs, answer?.unusableToken], [undefined, undefined]);
    }),
    { numRuns: 20_000 },
  );
});

test('an answer that names another request leaves the row unknown and holds, whatever else it says', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      if (answerOf(exchange)?.foreignRefs === undefined) return;
      const verdict = classifyExchange(exchange);
      assert.equal(wordsOf(verdict), contradiction);
      assert.equal(verdict.kind === 'final' && verdict.holds, 'answers_mixed_up');
    }),
    { numRuns: 20_000 },
  );
});

test('another amount holds the batch if there is evidence of a payment, and the row keeps its outcome', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      const answer = answerOf(exchange);
      if (answer?.otherCharge === undefined || answer.foreignRefs !== undefined) return;
      const { otherCharge: _, ...same } = answer;
      const verdict = classifyExchange(exchange);
      const asRequested = classifyExchange({ ...exchange, answer: same } as Exchange);
      assert.equal(wordsOf(verdict), wordsOf(asRequested));
      if (!hasEvidence(answer) || verdict.kind !== 'final') return;
      assert.equal(verdict.holds, 'amount_disagrees');
      assert.match(verdict.remark ?? '', /another amount/);
    }),
    { numRuns: 20_000 },
  );
});

function isOnAllowList(exchange: Exchange): boolean {
  if (exchange.kind !== 'answered')
    return exchange.kind === 'not_connected' || exchange.kind === 'not_trusted';
  const { status, retryAfterMs, answer } = exchange;
  if (answer?.foreignRefs !== undefined || hasEvidence(answer)) return false;
  // Odd approvals count as approvals.
  if (answer?.transactionId !== undefined || answer?.hasUnusableTransactionId === true) {
    if ([8, 10, 85].includes(answer.responseCode ?? -1)) return false;
  }
  return (
    [301, 302, 307, 308, 401, 403, 404, 405, 425, 429].includes(status) ||
    (status === 503 && retryAfterMs !== undefined)
  );
}

test('no exchange beyond the allow-list ever lets its row be sent again by itself', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      assert.equal(classifyExchange(exchange).kind !== 'final', isOnAllowList(exchange));
    }),
    { numRuns: 20_000 },
  );
});

test('a usual success is never lost: HTTP 200 or 201, success, a token and the code of a payment', () => {
  for (const status of [200, 201]) {
    const paid = {
      success: true,
      gatewayCode: 'INFO0000',
      responseCode: 0,
      transactionId: 'txn-1',
      storedPaymentMethodId: token,
    };
    assert.equal(wordsOfExchange(answered(status, paid)), 'tokenized definite');
    assert.equal(wordsOfExchange(answered(status, { ...paid, hasRedirect: true })), 'tokenized definite');
  }
});

test('every row that is not tokenized has an error code, and only a charge is reported as one', () => {
  fc.assert(
    fc.property(anyExchange, (exchange) => {
      const verdict = classifyExchange(exchange);
      if (verdict.kind !== 'final') return;
      assert.equal(verdict.errorCode === undefined, verdict.outcome === 'tokenized');
      assert.equal(
        verdict.isCharged === true,
        verdict.outcome === 'tokenized' || verdict.outcome === 'charged_without_token',
      );
    }),
    { numRuns: 2_000 },
  );
});
