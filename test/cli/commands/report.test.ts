import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report } from '../../../src/cli/commands/report.ts';
import { describeFailure } from '../../../src/cli/failure.ts';
import { createReport } from '../../../src/cli/output/report-summary.ts';
import { formatReport } from '../../../src/cli/output/report-text.ts';
import { rowOutcomes } from '../../../src/contract/outcome.ts';
import { rowErrorCodes } from '../../../src/domain/error-codes.ts';
import { consolidateShard } from '../../../src/results/consolidate-shard.ts';
import type { Manifest } from '../../../src/results/manifest.ts';
import { publishBatch } from '../../../src/results/publish-batch.ts';
import { createSendableRow } from '../../support/batches.ts';
import { assertAsDocumented } from '../../support/documented-json.ts';
import { answeredEnd, createRejectedRow, keepBatch } from '../../support/kept-batch.ts';

function createManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    batch_id: 'cardlift/1234/cards',
    merchant_id: '1234',
    pass: 1,
    status: 'finished',
    version: 1,
    input: { file: 'cards.csv', sha256: 'a'.repeat(64), rows: 3 },
    outcomes: {
      ...(Object.fromEntries(rowOutcomes.map((outcome) => [outcome, 0])) as Manifest['outcomes']),
      tokenized: 3,
    },
    error_codes: {},
    charged: { JPY: '3' },
    possibly_charged: {},
    contradictions: 0,
    shared_tokens: { rows: 0, groups: [] },
    resolutions: 0,
    sha256: {},
    settings: { is_live: false, base_url: 'https://api.example.com' },
    started_at: '2026-01-01T00:00:00.000Z',
    published_at: '2026-01-01T00:10:00.000Z',
    ...changes,
  };
}

test('a batch whose rows are all tokenized leaves nothing to do, and its report has no table of codes', () => {
  const text = formatReport(createReport(createManifest()));
  assert.match(text, /^\| tokenized \| 3 \| 100\.0 % \|/m);
  assert.match(text, /^- Charged: 3 JPY$/m);
  assert.match(text, /^- May also have been charged: nothing$/m);
  assert.match(text, /SANDBOX/);
  assert.ok(text.endsWith('## To do\n\nNothing.'));
  assert.doesNotMatch(text, /Rows without a token/);
});

test('a live batch says so', () => {
  const settings = { is_live: true, base_url: 'https://api.example.com' };
  assert.match(formatReport(createReport(createManifest({ settings }))), /LIVE: every payment was real/);
});

test('the report describes every code of the catalogue in words, with who must act and the next step', () => {
  const codes = Object.fromEntries(Object.keys(rowErrorCodes).map((code) => [code, 1]));
  const summary = createReport(createManifest({ error_codes: codes }));
  assert.equal(summary.error_codes.length, Object.keys(codes).length);
  const text = formatReport(summary);
  for (const [code, { text: words, nextStep, actor }] of Object.entries(rowErrorCodes)) {
    assert.ok(text.includes(`| \`${code}\` | 1 | ${words} | ${actor} | ${nextStep} |`), code);
  }
});

test('the remaining work lists the rows that may have been charged first, and separates soft from hard declines', () => {
  const { left_to_do: tasks } = createReport(
    createManifest({
      outcomes: { ...createManifest().outcomes, unknown: 1, declined: 5, rejected: 2 },
      error_codes: { unknown_timeout: 1, declined_soft: 2, declined_hard: 3, card_expired: 2 },
      contradictions: 1,
    }),
  );
  assert.deepEqual(
    tasks.map((task) => task.split(':')[0]),
    ['1 row', '1 row', '2 rows', '2 rows', '3 rows'],
  );
  assert.match(tasks[0] ?? '', /contradict/);
  assert.match(tasks[1] ?? '', /may have been charged/);
  assert.match(tasks[3] ?? '', /declined for now/);
});

test('a published batch is reported from its manifest, without a reference or a card; an open one is not', async (t) => {
  const rows = [createSendableRow(1), createRejectedRow(2), createSendableRow(3)];
  const batch = await keepBatch(t, rows);
  const { context, storage, record, terminal } = batch;
  await assert.rejects(report(context, 'batch', {}), (error) => {
    assert.equal(describeFailure(error).exitCode, 1);
    return true;
  });
  await batch.intent(1, 1, answeredEnd(1, 1));
  await batch.intent(3, 1);
  await consolidateShard({
    storage,
    ref: { batchId: record.batchId, pass: 1, shard: 1 },
    rows,
    isCancelled: false,
  });
  await publishBatch({
    storage,
    record,
    staging: { rows: 3, shards: 1 },
    pass: 1,
    isCancelled: false,
    versions: {},
    publishedAt: '2026-01-01T00:00:00.000Z',
  });
  await report(context, 'batch', {});
  await report(context, 'batch', { json: true });
  assertAsDocumented('report', JSON.parse(terminal.printed[1] ?? ''));
  const [text = ''] = terminal.printed;
  assert.match(text, /^- Charged: 100 JPY$/m);
  assert.match(text, /^- May also have been charged: 100 JPY$/m);
  assert.doesNotMatch(text, /ref-\d|\*{6}|pm-1/);
});
