import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HoldReason } from '../../src/contract/hold.ts';
import { HoldMonitor } from '../../src/domain/hold-monitor.ts';
import type { AnswerKind } from '../../src/domain/verdict.ts';

/** Sends and answers in the same order. Returns the reason after each answer. */
function answerInOrder(monitor: HoldMonitor, kinds: readonly AnswerKind[]): (HoldReason | undefined)[] {
  return kinds.map((kind) => monitor.answered(monitor.begin(), kind));
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const codesOf = (reasons: readonly (HoldReason | undefined)[]): (string | undefined)[] =>
  reasons.map((reason) => reason?.code);

test('the fifth ambiguous answer in a row makes the batch hold, the fourth does not', () => {
  const monitor = new HoldMonitor();
  assert.deepEqual(
    codesOf(answerInOrder(monitor, ['definite', ...times(4, 'ambiguous' as const)])),
    times(5, undefined),
  );
  assert.equal(monitor.hold, undefined);
  const reason = monitor.answered(monitor.begin(), 'ambiguous');
  assert.equal(reason?.code, 'ambiguous_answers');
  assert.equal(reason?.count, 5);
  assert.equal(monitor.hold, reason);
});

for (const other of ['definite', 'request_refused', 'set_up_code'] as const) {
  test(`an answer that is ${other} interrupts a run of ambiguous ones`, () => {
    const monitor = new HoldMonitor();
    answerInOrder(monitor, [...times(4, 'ambiguous' as const), other, ...times(4, 'ambiguous' as const)]);
    assert.equal(monitor.hold, undefined);
  });
}

test('time-outs that arrive in a row, but were sent among successes, do not hold', () => {
  const monitor = new HoldMonitor();
  const sends = Array.from({ length: 60 }, () => monitor.begin());
  const hanging = sends.filter((sequence) => sequence % 6 === 5);
  for (const sequence of sends) {
    if (!hanging.includes(sequence)) monitor.answered(sequence, 'definite');
  }
  assert.equal(hanging.length, 10);
  assert.deepEqual(
    hanging.map((sequence) => monitor.answered(sequence, 'ambiguous')),
    times(10, undefined),
  );
});

test('five ambiguous answers sent in a row hold, in whatever order they arrive', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([3, 4, 5, 6, 7], { minLength: 5 }), (order) => {
      const monitor = new HoldMonitor();
      for (let send = 0; send < 12; send += 1) monitor.begin();
      for (const sequence of [0, 1, 2, 8, 9, 10, 11]) monitor.answered(sequence, 'definite');
      const reasons = order.map((sequence) => monitor.answered(sequence, 'ambiguous'));
      assert.deepEqual(codesOf(reasons), [...times(4, undefined), 'ambiguous_answers']);
    }),
  );
});

test('sends without an answer, or not processed, are skipped in a run', () => {
  const monitor = new HoldMonitor();
  const ambiguous: number[] = [];
  for (let send = 0; send < 10; send += 1) {
    const sequence = monitor.begin();
    // Every other send has no answer that counts.
    if (send % 2 === 0) ambiguous.push(sequence);
  }
  assert.deepEqual(codesOf(ambiguous.map((sequence) => monitor.answered(sequence, 'ambiguous'))), [
    ...times(4, undefined),
    'ambiguous_answers',
  ]);
});

test('half of the last fifty answers being ambiguous makes the batch hold, one less does not', () => {
  const monitor = new HoldMonitor();
  const pair = ['definite', 'ambiguous'] as const;
  answerInOrder(monitor, [...times(100, 'definite' as const), ...times(24, pair).flat(), 'definite']);
  assert.equal(monitor.hold, undefined);
  const reason = monitor.answered(monitor.begin(), 'ambiguous');
  assert.deepEqual([reason?.code, reason?.count], ['ambiguous_answers', 25]);
});

test('ambiguous answers older than fifty answers are ignored', () => {
  const monitor = new HoldMonitor();
  for (let round = 0; round < 20; round += 1) {
    answerInOrder(monitor, [...times(4, 'ambiguous' as const), ...times(6, 'definite' as const)]);
  }
  assert.equal(monitor.hold, undefined);
});

for (const [kind, code] of [
  ['request_refused', 'requests_refused'],
  ['set_up_code', 'set_up_codes'],
  ['velocity', 'velocity_codes'],
] as const) {
  test(`the third ${kind} in a row makes the batch hold`, () => {
    const monitor = new HoldMonitor();
    answerInOrder(monitor, [kind, kind, 'definite', kind, kind]);
    assert.equal(monitor.hold, undefined);
    assert.deepEqual(codesOf([monitor.answered(monitor.begin(), kind)]), [code]);
  });
}

test('the tenth velocity code among fifty answers makes the batch hold, and names the cause', () => {
  const monitor = new HoldMonitor();
  const five = [...times(4, 'definite' as const), 'velocity' as const];
  answerInOrder(monitor, times(9, five).flat());
  assert.equal(monitor.hold, undefined);
  const reason = answerInOrder(monitor, five).at(-1);
  assert.deepEqual([reason?.code, reason?.count], ['velocity_codes', 10]);
  assert.match(reason?.text ?? '', /the batch itself is the cause/);
});

test('velocity codes of one card used under several references do not hold', () => {
  const monitor = new HoldMonitor();
  answerInOrder(monitor, times(50, [...times(6, 'definite' as const), 'velocity' as const]).flat());
  assert.equal(monitor.hold, undefined);
});

test('refused requests and refused configurations are counted separately', () => {
  const monitor = new HoldMonitor();
  answerInOrder(monitor, [
    'request_refused',
    'request_refused',
    'set_up_code',
    'set_up_code',
    'request_refused',
  ]);
  assert.equal(monitor.hold, undefined);
});

test('the first reason to hold stays, and later answers return no second one', () => {
  const monitor = new HoldMonitor();
  const first = { code: 'set_up_wrong', text: 'HTTP 401', count: 1 } as const;
  assert.equal(monitor.stop(first), first);
  assert.equal(monitor.stop({ code: 'storage_failed', text: 'Disk', count: 1 }), first);
  assert.deepEqual(answerInOrder(monitor, times(6, 'ambiguous')), times(6, undefined));
  assert.equal(monitor.hold, first);
});

test('definite answers alone never hold, however many there are', () => {
  const monitor = new HoldMonitor();
  for (let send = 0; send < 70_000; send += 1) monitor.answered(monitor.begin(), 'definite');
  assert.equal(monitor.hold, undefined);
  // A run of five is still detected beyond the number of sends kept.
  assert.equal(codesOf(answerInOrder(monitor, times(5, 'ambiguous'))).at(-1), 'ambiguous_answers');
});

test('an ambiguous answer 65,536 sends ago does not count for a send still in flight', () => {
  const monitor = new HoldMonitor();
  const remembered = 65_536;
  answerInOrder(monitor, times(4, 'ambiguous'));
  answerInOrder(monitor, times(remembered - 4, 'definite'));
  // These four replace the first four, and have no answer yet.
  for (let send = 0; send < 4; send += 1) monitor.begin();
  assert.equal(monitor.answered(monitor.begin(), 'ambiguous'), undefined);
  assert.equal(monitor.hold, undefined);
});

/** The rules again, applied to the complete list of answers in sending order. */
function shouldHold(kinds: readonly AnswerKind[]): boolean {
  const text = kinds.map((kind) => kind.slice(0, 1)).join('');
  if (/a{5}|r{3}|s{3}|v{3}/.test(text)) return true;
  return kinds.some((kind, at) => {
    const window = text.slice(Math.max(0, at - 49), at + 1);
    const among = (letter: string): number => window.split(letter).length - 1;
    return (kind === 'ambiguous' && among('a') >= 25) || (kind === 'velocity' && among('v') >= 10);
  });
}

test('answers that arrive in sending order hold exactly when the rules say so', () => {
  const kind = fc.constantFrom<AnswerKind[]>(
    'definite',
    'ambiguous',
    'ambiguous',
    'request_refused',
    'set_up_code',
    'velocity',
  );
  fc.assert(
    fc.property(fc.array(kind, { maxLength: 80 }), (kinds) => {
      const monitor = new HoldMonitor();
      answerInOrder(monitor, kinds);
      assert.equal(monitor.hold !== undefined, shouldHold(kinds));
    }),
    { numRuns: 1_000 },
  );
});
