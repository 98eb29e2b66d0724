/* An open batch whose file is launched again: the settings it was started with stand, and others are refused. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AppContext } from '../../../src/app/app-context.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import type { GoOnOptions } from '../../../src/cli/go-on.ts';
import type { LaunchOptions } from '../../../src/cli/launch-options.ts';
import { launchBatch } from '../../../src/operations/launch/prepare.ts';
import { createTestContext } from '../../support/app-context.ts';

const started = {
  merchantId: 'm',
  amount: '100',
  currency: 'JPY',
  rate: 5,
  concurrency: 8,
  canary: 3,
  tolerate: 30,
  notify: 'https://example.com/secret-path',
  window: { fromMinute: 60, toMinute: 120 },
  timeZone: 'Asia/Tokyo',
  yes: true,
} as const satisfies LaunchOptions;
let folder: string;
let context: AppContext;
let file: string;

const launch = (options: Partial<LaunchOptions & GoOnOptions>) =>
  launchBatch(context, file, { merchantId: 'm', yes: true, ...options });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cardlift-settings-'));
  context = createTestContext(folder, 'http://127.0.0.1:9');
  file = join(folder, 'cards.csv');
  await writeFile(file, 'merchant_ref,card_number,expiry\nr1,4111111111111111,12/40\n');
  assert.equal((await launch(started)).isNew, true);
});
after(() => rm(folder, { recursive: true, force: true }));

test('the same settings again, as others write them, or none at all: the batch goes on', async () => {
  for (const options of [started, { ...started, amount: '100.00' }, {}]) {
    const { isNew, record } = await launch(options);
    assert.equal(isNew, false);
    assert.equal(record.amount, '100');
  }
});

for (const [option, other, said] of [
  ['--amount', { amount: '1' }, /started with --amount 100: .*docs\/operations\.md, "The amount was wrong"/s],
  ['--currency', { currency: 'USD' }, /started with --currency JPY/],
  ['--rate', { rate: 50 }, /started with 5 requests\/s.*cardlift set-rate cardlift\/m\/\S+ N/s],
  ['--rate', { rate: 'none' }, /started with 5 requests\/s/],
  ['--concurrency', { concurrency: 9 }, /cardlift set-concurrency/],
  ['--canary', { canary: 4 }, /started with --canary 3/],
  ['--tolerate', { tolerate: 40 }, /cardlift set-tolerance.*--resume/s],
  ['--notify', { notify: 'https://example.com/another-path' }, /another --notify/],
  [
    '--window',
    { window: { fromMinute: 0, toMinute: 120 }, timeZone: 'Asia/Tokyo' },
    /with the hours 01:00-02:00/,
  ],
] as const) {
  test(`${option} ${JSON.stringify(Object.values(other)[0])} for an open batch that was started otherwise is refused, and says what to do`, async () => {
    await assert.rejects(launch(other), (error) => {
      assert.ok(error instanceof CliError);
      assert.match(error.message, said);
      assert.match(error.message, new RegExp(`Leave out ${option} to continue it`));
      assert.ok(!error.message.includes('secret-path') && !error.message.includes('another-path'));
      return true;
    });
  });
}

test('a tolerance together with --resume is a change, and no refusal', async () => {
  assert.equal((await launch({ tolerate: 40, resume: true })).isNew, false);
});

test('an amount for an open batch that takes its amounts from the file is refused', async () => {
  file = join(folder, 'priced.csv');
  await writeFile(file, 'merchant_ref,card_number,expiry,amount,currency\nr1,4111111111111111,12/40,5,USD\n');
  await launch({});
  await assert.rejects(launch({ amount: '5' }), /started with the amounts in its file/);
});
