import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { AuditNews } from '../../src/contract/audit.ts';
import { appendAudit, readAudit } from '../../src/storage/audit-log.ts';
import { auditLineKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { batchId } from '../support/batches.ts';
import { cardSpellings } from '../support/card-spellings.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const newsOf = (id: string, changes: Partial<AuditNews> = {}): AuditNews => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  who: 'mika@night-desk',
  act: 'pause',
  ...changes,
});

test('lines are read in the order they were added, with who, why and details', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.deepEqual(await readAudit(storage, batchId), { lines: [], digest: '', damagedLines: [] });
  await appendAudit(storage, batchId, newsOf('a', { reason: 'the gateway asked' }));
  await appendAudit(storage, batchId, newsOf('b', { act: 'set_tolerance', details: { percent: 30 } }));
  const { lines, damagedLines } = await readAudit(storage, batchId);
  assert.deepEqual(
    lines.map(({ line, who, act, reason, details }) => ({ line, who, act, reason, details })),
    [
      { line: 1, who: 'mika@night-desk', act: 'pause', reason: 'the gateway asked', details: undefined },
      { line: 2, who: 'mika@night-desk', act: 'set_tolerance', reason: undefined, details: { percent: 30 } },
    ],
  );
  assert.deepEqual(damagedLines, []);
});

test('a line added twice, as by a repeated activity, appears once', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await appendAudit(storage, batchId, newsOf('a'));
  await appendAudit(storage, batchId, newsOf('b'));
  await Promise.all([
    appendAudit(storage, batchId, newsOf('a')),
    appendAudit(storage, batchId, newsOf('c')),
    appendAudit(storage, batchId, newsOf('c')),
  ]);
  const { lines } = await readAudit(storage, batchId);
  assert.deepEqual(
    lines.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
});

test('lines added concurrently are all kept, in one chain', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
  await Promise.all(ids.map((id) => appendAudit(storage, batchId, newsOf(id))));
  const { lines, damagedLines } = await readAudit(storage, batchId);
  assert.deepEqual(lines.map(({ id }) => id).sort(), [...ids].sort());
  assert.deepEqual(damagedLines, []);
});

test('card numbers in reasons, names and details are removed, and long texts are truncated', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const card = '4111 1111 1111 1111';
  const long = 'because '.repeat(200);
  await appendAudit(
    storage,
    batchId,
    newsOf('a', { who: card, reason: `${card} ${long}`, details: { why: card } }),
  );
  const content = (await storage.files.read(auditLineKey(batchId, 1)))?.toString('utf8') ?? '';
  assert.doesNotMatch(content.replaceAll(' ', ''), /4111111111111111/);
  assert.match(content, /digits removed/);
  assert.equal((await readAudit(storage, batchId)).lines[0]?.reason?.length, 300);
});

test('the digest is that of the last line, and changes with every line', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await appendAudit(storage, batchId, newsOf('a'));
  const first = (await readAudit(storage, batchId)).digest;
  await appendAudit(storage, batchId, newsOf('b'));
  const { digest } = await readAudit(storage, batchId);
  const content = (await storage.files.read(auditLineKey(batchId, 2))) ?? '';
  assert.equal(digest, createHash('sha256').update(content).digest('hex'));
  assert.notEqual(first, digest);
});

const tamperings: readonly [
  string,
  (storage: Awaited<ReturnType<typeof openLocalStorage>>) => Promise<void>,
][] = [
  [
    'changed',
    async ({ files }) => {
      const key = auditLineKey(batchId, 2);
      const text = (await files.read(key))?.toString('utf8') ?? '';
      await writeFile(files.locate(key), text.replace('mika', 'another'));
    },
  ],
  ['removed', ({ files }) => files.remove(auditLineKey(batchId, 2))],
  ['emptied', ({ files }) => writeFile(files.locate(auditLineKey(batchId, 2)), '')],
];

for (const [what, tamper] of tamperings) {
  test(`a line that was ${what} is reported in the lines after it, and the log still accepts lines`, async (t) => {
    const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
    for (const id of ['a', 'b', 'c']) await appendAudit(storage, batchId, newsOf(id));
    await tamper(storage);
    const found = await readAudit(storage, batchId);
    assert.ok(found.damagedLines.includes(3), String(found.damagedLines));
    await appendAudit(storage, batchId, newsOf('d'));
    const after = await readAudit(storage, batchId);
    assert.deepEqual(after.damagedLines, found.damagedLines);
    assert.equal(after.lines.at(-1)?.id, 'd');
  });
}

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`an audit line shows no card number written with ${name}`, async (t) => {
    const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
    const spelled = spell('4111111111111111');
    await appendAudit(
      storage,
      batchId,
      newsOf('a', { reason: `card ${spelled} called`, details: { text: spelled }, who: spelled }),
    );
    const { lines } = await readAudit(storage, batchId);
    const text = JSON.stringify(lines);
    assert.ok(!text.includes(JSON.stringify(spelled).slice(1, -1)), text);
    assert.match(lines[0]?.reason ?? '', /\[digits removed\]/);
  });
}
