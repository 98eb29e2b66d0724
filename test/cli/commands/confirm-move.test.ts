import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { refuseMovedStorage } from '../../../src/app/moved-storage.ts';
import { confirmStorageMove } from '../../../src/cli/commands/confirm-move.ts';
import { checkStorage } from '../../../src/cli/doctor/doctor-storage.ts';
import { ConfigError } from '../../../src/config.ts';
import { readAudit } from '../../../src/storage/audit-log.ts';
import { createKeepingTerminal, createTestContext } from '../../support/app-context.ts';
import { batchId, stageRows } from '../../support/batches.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

const baseUrl = 'http://127.0.0.1:1';

test('nothing is sent from a copy of a storage until a person confirms the move, which the audit log then says', async (t) => {
  const folder = await createTemporaryFolder(t);
  const original = createTestContext(folder, baseUrl);
  await stageRows(await original.storage(), []);
  await refuseMovedStorage(original);
  const copied = join(await createTemporaryFolder(t), 'copy');
  await cp(folder, copied, { recursive: true });
  const terminal = createKeepingTerminal();
  const copy = { ...createTestContext(copied, baseUrl), terminal };

  await assert.rejects(refuseMovedStorage(copy), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /is a copy, was restored .*Nothing was started.*`cardlift confirm-move`/);
    return true;
  });
  const { status, remedy } = await checkStorage(copy);
  assert.deepEqual([status, remedy?.includes('cardlift confirm-move')], ['fail', true]);

  await assert.rejects(confirmStorageMove(copy, {}), /Nothing was changed: not confirmed/);
  await assert.rejects(refuseMovedStorage(copy));
  await confirmStorageMove(copy, { yes: true, reason: 'the disk was replaced' });
  await refuseMovedStorage(copy);
  const { lines } = await readAudit(await copy.storage(), batchId);
  assert.deepEqual(
    lines.map(({ act, who, reason }) => [act, who, reason]),
    [['confirm_move', 'mia@desk', 'the disk was replaced']],
  );

  await confirmStorageMove(copy, { yes: true, json: true });
  assert.match(terminal.printed.at(-1) ?? '', /"is_changed":false,"open_batches":\[\]/);
  await refuseMovedStorage(original);
});
