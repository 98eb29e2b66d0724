import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CardliftExit, CardliftSite } from '../support/cardlift-process.ts';
import { eventually } from '../support/condition.ts';
import { compareSample } from '../support/kill-and-go-on.ts';
import { mostWithin } from '../support/most-within.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage({ latencyMs: 50 });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

async function startWorkers(count: number): Promise<void> {
  const workers = Array.from({ length: count }, () => site.start(['worker']));
  for (const worker of workers) await worker.waitForLine(/^Working for/);
}

async function run(...args: string[]): Promise<CardliftExit> {
  const exit = await site.start(args).exited;
  assert.equal(exit.code, 0, `${args.join(' ')}: ${exit.stderr}`);
  return exit;
}

async function start(batch: string, rows: number, rate: string) {
  const file = await writeSampleFile(site.folder, rows);
  // Two batches start at once, and no reference is in both.
  const name = ['--merchant-id', site.merchantId, '--batch', batch];
  await run('start', file.path, ...name, '--yes', '--charge-again', '--rate', rate);
  return file;
}

/**
 * The limit and its tolerance. Here both sides share a machine with other tests. If the gateway's
 * process stalls for a moment, it then sees at once what was sent meanwhile, which is no fault of
 * the rate, so 250 ms of it are allowed. Two workers unaware of each other would send twice the
 * limit.
 */
const allowed = (ratePerS: number): number => ratePerS + Math.max(1, ratePerS * 0.02) + ratePerS * 0.25;

/** Until both workers have seen a new rate and used the slots they had. */
const settleMs = 2_000;

test('two workers keep the rate of a batch together; set-rate reaches both downwards and upwards, status shows who did it and why, and every row is sent once', async () => {
  await startWorkers(2);
  const file = await start('limited', 250, '10');
  const before = await eventually('20 requests', async () => {
    const arrivals = await simulator.arrivals();
    return arrivals.times.length >= 20 ? arrivals : undefined;
  });
  assert.ok(mostWithin(1_000, before.times) <= allowed(10), `${mostWithin(1_000, before.times)} in a second`);

  // Slow first, with enough rows for two minutes, so that the batch still runs for the commands
  // below.
  await run('set-rate', 'limited', '2', '--reason', 'the gateway asked for it');
  const loweredAtMs = Date.now();
  const status = await run('status', 'limited');
  assert.match(status.stdout, /at most 2 requests\/s.*set by \S+@\S+ at .*the gateway asked for it/);
  const same = await site.start(['set-rate', 'limited', '2']).exited;
  assert.equal(same.code, 2);
  assert.match(same.stderr, /it is already 2 requests\/s/);
  await run('set-concurrency', 'limited', '30');
  await eventually('5 s at the lower rate', async () => Date.now() >= loweredAtMs + 5_000 || undefined);
  const raisingAtMs = Date.now();
  const slow = (await simulator.arrivals()).times.filter((time) => time >= loweredAtMs + settleMs);
  // One more than the rate gives, and one of tolerance. The previous rate would give five times as
  // many.
  const mostSlow = 2 * ((raisingAtMs - loweredAtMs - settleMs) / 1_000) + 2;
  assert.ok(slow.length <= mostSlow, `${slow.length} requests where ${mostSlow} were allowed`);

  await run('set-rate', 'limited', '40');
  await run('watch', 'limited', '--out', site.outFolder);
  const { times } = await simulator.arrivals();
  assert.equal(times.length, file.rows.length);
  assert.ok(mostWithin(1_000, times) <= allowed(40), `${mostWithin(1_000, times)} in a second`);
  const afterRaising = mostWithin(
    1_000,
    times.filter((time) => time >= raisingAtMs),
  );
  assert.ok(
    afterRaising > allowed(2),
    `never more than ${afterRaising} in a second after the rate was raised`,
  );
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: file.rows.length });
});

interface StatusAnswer {
  readonly status: string;
  readonly outcomes: { readonly tokenized?: number };
  readonly account?: {
    readonly limit_per_s: number;
    readonly slowed_by: string | null;
    readonly reason: string;
  };
}

async function statusOf(batch: string): Promise<StatusAnswer> {
  const { stdout } = await site.start(['status', batch, '--json']).exited;
  return JSON.parse(stdout) as StatusAnswer;
}

test('the limit of the account holds for two batches together, and a gateway that refuses slows both', async () => {
  await startWorkers(1);
  await run('set-rate', '--account', '25', '--reason', 'our contract');
  const again = await site.start(['set-rate', '--account', '25']).exited;
  assert.equal(again.code, 2);
  // Enough rows for half a minute at the limit, so that both still run when the gateway starts to
  // refuse.
  await Promise.all([start('one', 400, 'none'), start('two', 400, 'none')]);
  await eventually('50 requests', async () => ((await simulator.stats()).requests >= 50 ? true : undefined));
  await simulator.settings({ ratePerS: 5 });
  for (const batch of ['one', 'two']) {
    await eventually(`a refusal that the status of ${batch} shows`, async () => {
      const { account, status } = await statusOf(batch);
      assert.equal(status, 'running', 'it ended before the gateway refused');
      // A busy worker may not answer in time, so the question is repeated.
      if (account === undefined) return undefined;
      assert.equal(account.limit_per_s, 25);
      assert.equal(account.reason, 'our contract');
      return account.slowed_by === null ? undefined : assert.match(account.slowed_by, /429/) === undefined;
    });
  }
  // The remaining rows would take minutes at the lower rate.
  let tokenized = 0;
  for (const batch of ['one', 'two']) {
    await run('cancel', batch);
    assert.equal((await site.start(['watch', batch]).exited).code, 3);
    tokenized += (await statusOf(batch)).outcomes.tokenized ?? 0;
  }
  const { times, refused } = await simulator.arrivals();
  assert.ok(mostWithin(1_000, times) <= allowed(25), `${mostWithin(1_000, times)} in a second`);
  assert.equal(times.length - refused.length, tokenized);
  assert.equal((await simulator.stats()).cardsChargedTwice, 0);
});
