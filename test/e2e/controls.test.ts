import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CardliftExit, CardliftSite } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { type SampleFile, writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const concurrency = 4;
/**
 * Half a minute's work, so that the commands find the batch in the middle even on a busy machine.
 */
const rowCount = 400;
const { simulator, openSite } = await openSiteStage({ latencyMs: 300 });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

interface Reported {
  readonly batch_id: string;
  readonly phase: string;
  readonly status: string;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly progress?: { readonly phase: string };
  readonly files: Readonly<Record<string, string>>;
  readonly audit: readonly {
    readonly act: string;
    readonly who: string;
    readonly reason?: string;
    readonly details?: unknown;
  }[];
}

/**
 * The acts in the batch's audit log with their reasons, and who did them: a person or the program.
 */
async function readAuditLog(batchId: string): Promise<string[]> {
  const { reported } = await ask('status', batchId, '--audit');
  return reported.audit.map(({ act, who, reason }) => {
    assert.match(who, /^cardlift$|^[^@]+@[^@]+$/);
    return `${who === 'cardlift' ? 'program' : 'person'}: ${act}${reason === undefined ? '' : `, ${reason}`}`;
  });
}

/** Runs a command to its end, and parses its output as JSON. */
async function ask(...args: string[]): Promise<CardliftExit & { readonly reported: Reported }> {
  const exit = await site.start([...args, '--json']).exited;
  assert.equal(exit.code, 0, `${args.join(' ')}: ${exit.stderr}`);
  return { ...exit, reported: JSON.parse(exit.stdout) as Reported };
}

/** Starts a batch on its own worker, and waits until rows are being sent. */
async function startBatch(): Promise<{ readonly file: SampleFile; readonly batchId: string }> {
  const worker = site.start(['worker']);
  await worker.waitForLine(/^Working for/);
  const file = await writeSampleFile(site.folder, rowCount);
  const flags = ['--merchant-id', site.merchantId, '--batch', 'steered', '--yes'];
  const { reported } = await ask('start', file.path, ...flags, '--concurrency', String(concurrency));
  await eventually('rows being sent', async () =>
    (await simulator.stats()).requests > 2 * concurrency ? true : undefined,
  );
  return { file, batchId: reported.batch_id };
}

test('after a pause nothing more is sent once the rows in flight have finished; status says so; resume completes the batch, and every row is sent once', async () => {
  const { file, batchId } = await startBatch();
  assert.equal(
    (await ask('pause', 'steered', '--reason', 'card 4111 1111 1111 1111 looks odd')).reported.phase,
    'paused',
  );
  // Once nothing changes between two commands, the rows in flight have their answers.
  const { requests } = await eventually('the last rows in flight', async () => {
    const before = await simulator.stats();
    const { reported } = await ask('status', batchId);
    assert.equal(reported.progress?.phase, 'paused');
    const now = await simulator.stats();
    return now.requests === before.requests && reported.outcomes.tokenized === now.charges ? now : undefined;
  });
  assert.ok(requests < rowCount, 'it was paused in mid-batch');
  const again = await site.start(['pause', batchId]).exited;
  assert.equal(again.code, 2, 'a second pause is refused');
  assert.match(again.stderr, /already paused/);
  assert.equal((await simulator.stats()).requests, requests, 'nothing was sent during the pause');

  await simulator.settings({ latencyMs: 10 });
  await ask('resume', batchId);
  const watched = await site.start(['watch', batchId, '--json']).exited;
  assert.equal(watched.code, 0, watched.stderr);
  const { reported } = await ask('results', batchId, '--out', site.outFolder);
  assert.deepEqual([reported.status, reported.outcomes.tokenized], ['finished', rowCount]);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: rowCount });
  assert.equal((await simulator.stats()).requests, rowCount);
  assert.deepEqual(await readAuditLog(batchId), [
    'person: start',
    'person: pause, card [digits removed] looks odd',
    'person: resume',
    'program: publish',
  ]);
});

test('cancel finishes the rows in flight, marks the others not_sent, publishes the results, and the watching command exits with 3', async () => {
  const { file, batchId } = await startBatch();
  const watching = site.start(['watch', batchId]);
  await ask('cancel', batchId, '--reason', 'wrong file');
  const watched = await watching.exited;
  assert.equal(watched.code, 3, watched.stderr);

  const { reported } = await ask('results', batchId, '--out', site.outFolder);
  assert.equal(reported.status, 'cancelled');
  const { counts, manifest } = await compareSample(simulator, site, file);
  const { requests, charges } = await simulator.stats();
  assert.equal(manifest.status, 'cancelled');
  assert.deepEqual(counts, { tokenized: charges, not_sent: rowCount - charges }, 'no row is unknown or lost');
  assert.equal(requests, charges);
  assert.ok(charges < rowCount, 'it was cancelled in mid-batch');
  assert.deepEqual(await readAuditLog(batchId), [
    'person: start',
    'person: cancel, wrong file',
    'program: publish',
  ]);

  const listed = await site.start(['list', '--json']).exited;
  const [only, ...others] = JSON.parse(listed.stdout) as Reported[];
  assert.deepEqual([only?.batch_id, only?.status, others.length], [batchId, 'cancelled', 0]);
  const late = await site.start(['resume', batchId]).exited;
  assert.equal(late.code, 2, 'a cancelled batch takes no more controls');
});
