/* A storage on a network file system: nothing is sent from it unless the operator allows it. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { createActivityDeps } from '../../src/app/activity-deps.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { launchBatch } from '../../src/cli/commands/launch.ts';
import { checkStorage } from '../../src/cli/doctor/doctor-storage.ts';
import { ConfigError } from '../../src/config.ts';
import { createTestContext } from '../support/app-context.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

async function openOnNfs(t: TestContext, environment: Readonly<Record<string, string>> = {}) {
  const folder = await createTemporaryFolder(t);
  const fileSystemType = () => Promise.resolve(0x6969n);
  const context: CliContext = {
    ...createTestContext(folder, 'http://127.0.0.1:9', environment),
    fileSystemType,
  };
  const launch = async () => {
    const { path } = await writeSampleFile(folder, 2);
    return await launchBatch(context, path, { merchantId: 'm', yes: true });
  };
  return { folder, context, launch };
}

const isRefused = (error: unknown): boolean => {
  assert.ok(error instanceof ConfigError, String(error));
  assert.match(
    error.message,
    /\/storage is on a network file system \(NFS\), which may hide a send intent or a seal/,
  );
  assert.match(error.message, /rows may be charged twice\. Nothing was started\. Set CARDLIFT_STORAGE to/);
  assert.match(error.message, /CARDLIFT_ALLOW_NETWORK_STORAGE=true$/);
  return true;
};

test('a worker refuses a storage on NFS, and touches nothing in it', async (t) => {
  const { folder, context } = await openOnNfs(t);
  await assert.rejects(createActivityDeps(context, false), isRefused);
  assert.deepEqual(await readdir(folder), []);
});

test('run and start refuse a storage on NFS before they claim the file', async (t) => {
  const { folder, launch } = await openOnNfs(t);
  await assert.rejects(launch(), isRefused);
  assert.ok(!(await readdir(folder)).includes('storage'));
});

test('with CARDLIFT_ALLOW_NETWORK_STORAGE=true both go on, and doctor states what is lost', async (t) => {
  const { context, launch } = await openOnNfs(t, { CARDLIFT_ALLOW_NETWORK_STORAGE: 'true' });
  assert.equal((await launch()).isNew, true);
  await createActivityDeps(context, false);
  const { status, text, remedy } = await checkStorage(context);
  assert.equal(status, 'warn');
  assert.match(text, /allowed although NFS may hide a send intent .* charged twice/);
  assert.match(remedy ?? '', /one machine only/);
});

test('doctor fails for a storage on NFS, also before it exists', async (t) => {
  const { context } = await openOnNfs(t);
  const { status, text, remedy } = await checkStorage(context);
  assert.equal(status, 'fail');
  assert.match(text, /is on a network file system: NFS may hide .* charged twice/);
  assert.match(remedy ?? '', /Set CARDLIFT_STORAGE to a folder on a disk of this machine/);
});

test('another value than true or false is refused', async (t) => {
  await assert.rejects(
    openOnNfs(t, { CARDLIFT_ALLOW_NETWORK_STORAGE: 'yes' }),
    /CARDLIFT_ALLOW_NETWORK_STORAGE must be true or false/,
  );
});
