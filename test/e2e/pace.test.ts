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
  await run('start', file.path, '--merchant-id', site.merchantId, '--batch', batch, '--yes', '--rate', rate);
  return file;
}

/** What a limit and its tolerance allow in any second, and in any five: the longer one tells more of who sends too fast. */
const windowsMs = [1_000, 5_000] as const;

/**
 * Both sides share a machine with other tests here: a gateway that stands still for a moment sees at once what was sent in
 * that time, which is no fault of the pace; 750 ms of it are forgiven. Two workers that did not know of each other would send
 * twice the limit. What the limit is to the millisecond, test/pace/pacer.test.ts shows on a clock of its own.
 */
function assertWithinLimit(times: readonly number[], ratePerS: number): void {
  for (const windowMs of windowsMs) {
    const seconds = windowMs / 1_000;
    const most = mostWithin(windowMs, times);
    const allowed = ratePerS * seconds + Math.max(1, ratePerS * 0.02 * seconds) + ratePerS * 0.75;
    assert.ok(most <= allowed, `${most} requests in ${seconds} s at ${ratePerS} a second`);
  }
}

test('two workers keep the rate of a batch together; set-rate reaches both downwards and upwards, status says who and why, and every row is sent once', async () => {
  await startWorkers(2);
  // Rows enough for a minute at the first rate, so that the batch is still there for the commands that follow.
  const file = await start('paced', 800, '10');
  await arrivalsSince(0, 60);
  await run('set-rate', 'paced', '2', '--reason', 'the gateway asked for it');
  const loweredAtMs = Date.now();
  assertWithinLimit((await simulator.arrivals()).times, 10);
  const status = await run('status', 'paced');
  assert.match(status.stdout, /at most 2 requests\/s.*set by \S+@\S+ at .*the gateway asked for it/);
  const same = await site.start(['set-rate', 'paced', '2']).exited;
  assert.equal(same.code, 2);
  assert.match(same.stderr, /it is 2 requests\/s already/);
  await run('set-concurrency', 'paced', '30');
  // Both workers have used the turns they had when requests come half a second apart, and not a tenth as before.
  const settled = await eventually('requests at the lower rate', async () => {
    const last = (await simulator.arrivals()).times.slice(-4);
    const gaps = last.slice(1).map((time, index) => time - (last[index] ?? 0));
    const [first = 0] = last;
    return first >= loweredAtMs && gaps.every((gap) => gap >= 300) ? first : undefined;
  });
  assertWithinLimit(await arrivalsSince(settled, 12), 2);

  const raisingAtMs = Date.now();
  await run('set-rate', 'paced', '40');
  const raised = await eventually('more in a second than the lower rate allows', async () => {
    const times = (await simulator.arrivals()).times.filter((time) => time >= raisingAtMs);
    return mostWithin(1_000, times) > 20 ? times : undefined;
  });
  assertWithinLimit(await arrivalsSince(raisingAtMs, raised.length + 150), 40);
  await run('set-rate', 'paced', 'none');
  await run('watch', 'paced', '--out', site.outFolder);
  assert.equal((await simulator.arrivals()).times.length, file.rows.length);
  assert.deepEqual((await compareSample(simulator, site, file)).counts, { tokenized: file.rows.length });
});

/** The times of the requests from a moment on, once there are so many. */
const arrivalsSince = (fromMs: number, count: number): Promise<number[]> =>
  eventually(`${count} requests`, async () => {
    const times = (await simulator.arrivals()).times.filter((time) => time >= fromMs);
    return times.length >= count ? times : undefined;
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
  // Rows enough for two minutes at the limit, so that both are still there when the gateway begins to refuse.
  await Promise.all([start('one', 1_500, 'none'), start('two', 1_500, 'none')]);
  await arrivalsSince(0, 200);
  await simulator.settings({ ratePerS: 5 });
  for (const batch of ['one', 'two']) {
    await eventually(`a refusal that the status of ${batch} tells of`, async () => {
      const { account, status } = await statusOf(batch);
      assert.equal(status, 'running', 'it ended before the gateway refused');
      // A busy worker may not answer in time: looked at again.
      if (account === undefined) return undefined;
      assert.equal(account.limit_per_s, 25);
      assert.equal(account.reason, 'our contract');
      return account.slowed_by === null ? undefined : assert.match(account.slowed_by, /429/) === undefined;
    });
  }
  // What is left would take minutes at a slowed pace.
  let tokenized = 0;
  for (const batch of ['one', 'two']) {
    await run('cancel', batch);
    assert.equal((await site.start(['watch', batch]).exited).code, 3);
    tokenized += (await statusOf(batch)).outcomes.tokenized ?? 0;
  }
  const { times, refused } = await simulator.arrivals();
  assertWithinLimit(times, 25);
  assert.equal(times.length - refused.length, tokenized);
  assert.equal((await simulator.stats()).cardsChargedTwice, 0);
});
