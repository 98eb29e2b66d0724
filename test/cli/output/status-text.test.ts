import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInList, describeStatus, type StatusTextInput } from '../../../src/cli/output/status-text.ts';
import { type HoldCode, holdCodes } from '../../../src/contract/hold.ts';
import type { BatchProgress } from '../../../src/contract/workflows.ts';
import { adviceOf } from '../../../src/domain/hold-advice.ts';
import type { BatchOverview } from '../../../src/operations/lookups/batch-overview.ts';
import type { AccountLimits } from '../../../src/rate-limit/account-limits.ts';
import { batchId, createOperatorKey, createRecord } from '../../support/batches.ts';
import { readPrintedCommands } from '../../support/printed-commands.ts';

const runAgain = 'cardlift run /files/march.csv --merchant-id merchant';
const startedAt = '2026-03-10T22:00:00.000Z';
const nowMs = Date.parse(startedAt) + 60_000;

function createProgress(changes: Partial<BatchProgress>): BatchProgress {
  return {
    phase: 'sending',
    pass: 1,
    rows: 4,
    sendableRows: 4,
    counts: { tokenized: 2, declined: 1 },
    closedCounts: {},
    shards: 1,
    closedShards: 0,
    runningShards: [1],
    startedAtMs: Date.parse(startedAt),
    concurrency: 20,
    tolerancePercent: 20,
    ...changes,
  };
}

function describe(overview: Partial<BatchOverview>, changes: Partial<StatusTextInput> = {}): string {
  return describeStatus({
    record: createRecord(createOperatorKey(), 4),
    overview: { batchId, status: 'open', rows: 4, outcomes: {}, startedAt, ...overview },
    retention: { state: 'kept', files: 1, due_at: startedAt },
    lastHold: undefined,
    commands: { runAgain, mayHaveSent: true },
    page: undefined,
    log: { lines: [], digest: '', damagedLines: [] },
    auditLines: 5,
    nowMs,
    ...changes,
  });
}

const unlimited: AccountLimits = { limit: undefined, backOff: undefined, ratePerS: undefined };

const running = (changes: Partial<BatchProgress>): Partial<BatchOverview> => ({
  status: 'running',
  progress: createProgress(changes),
  account: unlimited,
});

test('a running batch shows its counts and its limits, and no command', () => {
  const text = describe(running({ ratePerS: 2 }));
  assert.match(text, /^ {2}sending {2}3\/4 {2}2 tokenized, 1 declined$/m);
  assert.match(text, /^ {2}Rate: at most 2 requests\/s, at most 20 in flight$/m);
  assert.deepEqual(readPrintedCommands(text), []);
});

test('a batch that the gateway slows down shows the rate and the cause', () => {
  const backOff = {
    basis: 'measured',
    startPerS: 45,
    plateauPerS: 50,
    cutAtMs: nowMs - 30_000,
    resumeAtMs: nowMs - 1_000,
    cause: 'HTTP 429',
  } as const;
  const slowed = describe({ ...running({}), account: { ...unlimited, backOff, ratePerS: 47.5 } });
  assert.match(slowed, /^ {2}Slowed to 47\.5 requests\/s: the gateway answered HTTP 429 at 22:00:30 UTC\./m);
  const waiting = describe({
    ...running({}),
    account: { ...unlimited, backOff: { ...backOff, resumeAtMs: nowMs + 1_000 }, ratePerS: 47.5 },
  });
  assert.match(waiting, /^ {2}Waiting until 22:01:01 UTC: the gateway answered HTTP 429/m);
});

test('a paused batch shows the command that resumes it', () => {
  assert.deepEqual(readPrintedCommands(describe(running({ phase: 'paused' }))), [
    `cardlift resume ${batchId}`,
  ]);
});

const ways = (code: HoldCode): string[] => {
  const { goOn } = adviceOf(code);
  return [...(goOn === 'never' ? [] : [goOn]), 'cancel'];
};

for (const code of holdCodes) {
  test(`a hold for ${code} shows the reason, the advice and the commands, with a worker and without`, () => {
    const hold = { code, text: 'Why it holds', count: 3 };
    const answered = describe(running({ phase: 'on_hold', hold }));
    assert.ok(answered.includes(`  On hold: Why it holds (${code})\n  ${adviceOf(code).first}.\n`), answered);
    assert.deepEqual(
      readPrintedCommands(answered),
      ways(code).map((control) => `cardlift ${control} ${batchId}`),
    );
    const silent = describe({}, { lastHold: { at: startedAt, code, reason: 'Why it holds' } });
    assert.ok(silent.includes(`  On hold when it last ran: Why it holds (${code})\n`), silent);
    assert.deepEqual(
      readPrintedCommands(silent),
      ways(code).map((control) => `${runAgain} --${control}`),
    );
  });
}

test('an open batch shows the command that continues it, and a cancel that needs no worker if nothing was sent', () => {
  assert.deepEqual(readPrintedCommands(describe({})), [runAgain, `${runAgain} --cancel`]);
  const unsent = describe({}, { commands: { runAgain, mayHaveSent: false } });
  assert.deepEqual(readPrintedCommands(unsent), [runAgain, `cardlift cancel ${batchId}`]);
});

test('a batch that has ended shows its outcomes and no command, in status and in list', () => {
  const overview: BatchOverview = {
    batchId,
    status: 'finished',
    rows: 4,
    outcomes: { tokenized: 4 },
    startedAt,
  };
  const text = describe(overview);
  assert.match(text, /^ {2}4 rows: 4 tokenized$/m);
  assert.deepEqual(readPrintedCommands(text), []);
  assert.equal(
    describeInList(overview, { state: 'due', files: 2, due_at: '2026-03-24T00:00:00.000Z' }),
    [
      `2026-03-10T22:00  finished   ${batchId}  4 rows: 4 tokenized`,
      `    Card data is past its retention since 2026-03-24. Purge it: cardlift purge ${batchId}`,
    ].join('\n'),
  );
});
