import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { reportChecks } from '../../../src/cli/doctor/doctor.ts';
import type { Check } from '../../../src/cli/doctor/doctor-check.ts';
import { checkClock } from '../../../src/cli/doctor/doctor-checks.ts';
import {
  checkKey,
  checkRetention,
  checkStorage,
  describeStorage,
} from '../../../src/cli/doctor/doctor-storage.ts';
import { createKeepingTerminal, createTestContext } from '../../support/app-context.ts';
import { assertAsDocumented } from '../../support/documented-json.ts';
import { keepBatch } from '../../support/kept-batch.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

const gigabyte = 1_000_000_000;

for (const [circumstance, mode, freeBytes, status] of [
  ['its owner only and much room', 0o40700, 100 * gigabyte, 'ok'],
  ['others who may look into it', 0o40750, 100 * gigabyte, 'warn'],
  ['little room', 0o40700, 2 * gigabyte, 'warn'],
  ['hardly any room', 0o40750, 1_000, 'fail'],
] as const) {
  test(`a storage with ${circumstance}: ${status}`, () => {
    assert.equal(describeStorage('/storage', mode, freeBytes).status, status);
  });
}

for (const [differenceMs, status, text] of [
  [0, 'ok', /matches/],
  [-3_000, 'ok', /matches/],
  [10_000, 'warn', /10 s ahead of/],
  [-61_000, 'fail', /61 s behind/],
] as const) {
  test(`a clock ${differenceMs} ms away from the gateway's: ${status}`, () => {
    const check = checkClock(1_700_000_000_000, 1_700_000_000_000 + differenceMs);
    assert.equal(check.status, status);
    assert.match(check.text, text);
  });
}

test('a storage and a key that do not exist yet are no fault, and checking creates neither', async (t) => {
  const folder = await createTemporaryFolder(t);
  const config = {
    ...createTestContext(folder, 'http://127.0.0.1:1').config,
    storageFolder: join(folder, 'elsewhere'),
    keyFile: join(folder, 'no-key.json'),
  };
  const context = { ...createTestContext(folder, 'http://127.0.0.1:1'), config };
  for (let look = 1; look <= 2; look += 1) {
    assert.equal((await checkStorage(context)).status, 'warn');
    assert.equal((await checkKey(context)).status, 'warn');
  }
});

test('a writable storage is ok, and the check leaves nothing in it', async (t) => {
  const { context, storage } = await keepBatch(t, 1);
  await chmod(context.config.storageFolder, 0o700);
  const before = await storage.files.list('');
  const check = await checkStorage(context);
  assert.match(check.text, /writable|GB free/);
  assert.notEqual(check.status, 'fail');
  assert.deepEqual(await storage.files.list(''), before);
});

test('a key file that others may read, or without a key, blocks; one inside the storage is a warning', async (t) => {
  const { context } = await keepBatch(t, 1);
  const { keyFile, storageFolder } = context.config;
  await mkdir(dirname(keyFile), { recursive: true });
  await writeFile(keyFile, '{}', { mode: 0o600 });
  assert.equal((await checkKey(context)).status, 'fail');
  await chmod(keyFile, 0o644);
  assert.match((await checkKey(context)).text, /readable by other users/);
  const other = createTestContext(join(dirname(storageFolder), 'other'), 'http://127.0.0.1:1');
  await other.operatorKey();
  assert.equal((await checkKey(other)).status, 'ok');
  const config = { ...other.config, storageFolder: dirname(other.config.keyFile) };
  assert.equal((await checkKey({ ...other, config })).status, 'warn');
});

test('card data past its retention is named, with the remedy', async (t) => {
  const old = await keepBatch(t, 1);
  const check = await checkRetention(old.context);
  assert.equal(check.status, 'warn');
  assert.match(check.text, /cardlift\/merchant\/batch/);
  assert.match(check.command ?? '', /cardlift purge/);
  const fresh = await keepBatch(t, 1, { createdAt: new Date().toISOString() });
  assert.equal((await checkRetention(fresh.context)).status, 'ok');
});

test('one FAIL makes the exit code 4, and a command is never broken into lines', () => {
  const command = `temporal ${'--name X --type Keyword '.repeat(6)}`;
  const checks: Check[] = [
    { name: 'gateway', status: 'ok', text: 'answers' },
    { name: 'temporal', status: 'warn', text: `${'word '.repeat(30)}end`, remedy: 'Do this', command },
  ];
  const terminal = createKeepingTerminal();
  assert.equal(reportChecks(terminal, checks, {}), 0);
  const text = terminal.printed.join('\n');
  assert.ok(text.includes(`-> ${command}\n`));
  for (const line of text.split('\n')) assert.ok(line.length <= 80 || line.includes(command), line);
  const failed: Check[] = [...checks, { name: 'key', status: 'fail', text: 'x' }];
  assert.equal(reportChecks(terminal, failed, {}), 4);
  assert.equal(reportChecks(terminal, failed, { json: true }), 4);
  assertAsDocumented('doctor', JSON.parse(terminal.printed.at(-1) ?? ''));
  assert.deepEqual(JSON.parse(terminal.printed.at(-1) ?? ''), { is_ok: false, checks: failed });
});
