/* An open batch whose file is launched again keeps its initial settings. Others are refused. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AppContext } from '../../../src/app/app-context.ts';
import { OperationRefused } from '../../../src/operations/errors.ts';
import type { LaunchRequest } from '../../../src/operations/launch/request.ts';
import { createTestContext } from '../../support/app-context.ts';
import { besideOthers, launchFile } from '../../support/launched-batch.ts';

const started = {
  merchantId: 'm',
  amount: '100',
  currency: 'JPY',
  ratePerS: 5,
  concurrency: 8,
  canaryRows: 3,
  tolerancePercent: 30,
  notifyUrl: 'https://example.com/secret-path',
  window: { fromMinute: 60, toMinute: 120, timeZone: 'Asia/Tokyo' },
} as const satisfies Partial<LaunchRequest>;
let folder: string;
let context: AppContext;
let file: string;

const launch = (request: Partial<LaunchRequest>) =>
  launchFile(context, file, { merchantId: 'm', ...request });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cardlift-settings-'));
  context = createTestContext(folder, 'http://127.0.0.1:9');
  file = join(folder, 'cards.csv');
  await writeFile(file, 'merchant_ref,card_number,expiry\nr1,4111111111111111,12/40\n');
  assert.equal((await launch(started)).isNew, true);
});
after(() => rm(folder, { recursive: true, force: true }));

test('with the same settings, in any spelling, or none, the batch continues', async () => {
  for (const options of [started, { ...started, amount: '100.00' }, {}]) {
    const { isNew, record } = await launch(options);
    assert.equal(isNew, false);
    assert.equal(record.amount, '100');
  }
});

for (const [option, other, said] of [
  ['--amount', { amount: '1' }, /started with --amount 100: .*docs\/operations\.md, "The amount was wrong"/s],
  ['--currency', { currency: 'USD' }, /started with --currency JPY/],
  ['--rate', { ratePerS: 50 }, /started with 5 requests\/s.*cardlift set-rate cardlift\/m\/\S+ N/s],
  ['--rate', { ratePerS: 'none' }, /started with 5 requests\/s/],
  ['--concurrency', { concurrency: 9 }, /cardlift set-concurrency/],
  ['--canary', { canaryRows: 4 }, /started with --canary 3/],
  ['--tolerate', { tolerancePercent: 40 }, /cardlift set-tolerance.*--resume/s],
  ['--notify', { notifyUrl: 'https://example.com/another-path' }, /another --notify/],
  [
    '--window',
    { window: { fromMinute: 0, toMinute: 120, timeZone: 'Asia/Tokyo' } },
    /with the hours 01:00-02:00/,
  ],
] as const) {
  test(`${option} ${JSON.stringify(Object.values(other)[0])} for an open batch with another setting is refused with the remedy`, async () => {
    await assert.rejects(launch(other), (error) => {
      assert.ok(error instanceof OperationRefused);
      assert.match(error.message, said);
      assert.match(error.message, new RegExp(`Leave out ${option} to continue it`));
      assert.ok(!error.message.includes('secret-path') && !error.message.includes('another-path'));
      return true;
    });
  });
}

test('a tolerance together with --resume is a change, and is not refused', async () => {
  assert.equal((await launch({ tolerancePercent: 40, changesTolerance: true })).isNew, false);
});

test('an amount for an open batch that takes its amounts from the file is refused', async () => {
  file = join(folder, 'priced.csv');
  await writeFile(file, 'merchant_ref,card_number,expiry,amount,currency\nr1,4111111111111111,12/40,5,USD\n');
  // The other batch of this merchant is not staged yet.
  await launchFile(context, file, { merchantId: 'm' }, besideOthers);
  await assert.rejects(launch({ amount: '5' }), /started with the amounts in its file/);
});
