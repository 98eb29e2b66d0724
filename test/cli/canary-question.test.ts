import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askForApproval } from '../../src/cli/canary-question.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import type { ApprovalState } from '../../src/operations/controls/go-on.ts';

const hold: HoldReason = { code: 'canary_sent', text: 'The first 2 rows wait', count: 2 };
const later: HoldReason = { code: 'tolerance_passed', text: 'Too many', count: 100 };

/**
 * The question, with an operator who answers when `answer` resolves, and a batch in the state
 * `now`.
 */
function ask(answer: Promise<boolean>, now: () => ApprovalState) {
  const reported: string[] = [];
  let approvals = 0;
  let isTakenAway = false;
  const end = askForApproval({
    terminal: {
      report: (text) => void reported.push(text),
      confirm: (_, signal) =>
        Promise.race([
          answer,
          new Promise<boolean>((resolve) => {
            signal?.addEventListener('abort', () => {
              isTakenAway = true;
              resolve(false);
            });
          }),
        ]),
    },
    hold,
    signal: new AbortController().signal,
    readNow: () => Promise.resolve(now()),
    approve: () => {
      approvals += 1;
      return Promise.resolve();
    },
    lookEveryMs: 5,
  });
  return { end, reported, seen: () => ({ approvals, isTakenAway }) };
}

const never = new Promise<boolean>(() => undefined);

for (const [circumstance, now] of [
  ['approved', { phase: 'sending' }],
  ['cancelled', { phase: 'closing' }],
  ['ended', { phase: 'completed' }],
  ['put on another hold', { phase: 'on hold', hold: later }],
] as const) {
  test(`a batch that is ${circumstance} elsewhere takes the question away with a sentence, and nothing is approved`, async () => {
    const { end, reported, seen } = ask(never, () => now);
    assert.equal(await end, 'decided');
    assert.deepEqual(seen(), { approvals: 0, isTakenAway: true });
    assert.match(reported[1] ?? '', new RegExp(`the batch is ${now.phase}, decided elsewhere`));
  });
}

test('a yes that comes when the batch is on a later hold approves nothing', async () => {
  let now: ApprovalState = { phase: 'waiting for approval', hold };
  let sayYes: (isYes: boolean) => void = () => undefined;
  const answer = new Promise<boolean>((resolve) => {
    sayYes = resolve;
  });
  const { end, reported, seen } = ask(answer, () => now);
  now = { phase: 'on hold', hold: later };
  sayYes(true);
  assert.equal(await end, 'decided');
  assert.equal(seen().approvals, 0);
  assert.match(reported.at(-1) ?? '', /Nothing left to approve/);
});

test('a yes to the present hold approves it once; a no leaves it', async () => {
  for (const [isYes, result, approvals] of [
    [true, 'decided', 1],
    [false, 'waits', 0],
  ] as const) {
    const { end, reported, seen } = ask(Promise.resolve(isYes), () => ({
      phase: 'waiting for approval',
      hold,
    }));
    assert.equal(await end, result);
    assert.equal(seen().approvals, approvals);
    assert.deepEqual(reported, [hold.text]);
  }
});
