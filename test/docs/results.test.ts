import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { publishBatch } from '../../src/results/publish-batch.ts';
import { chargeColumns, resultColumns, unresolvedColumns } from '../../src/results/result-files.ts';
import { resultKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { testKey } from '../support/storage-key.ts';

const page = await readFile(new URL('../../docs/results.md', import.meta.url), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'cardlift-docs-'));
after(() => rm(folder, { recursive: true, force: true }));

/** The names in the first column of the table under a heading. */
function namesUnder(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''));
}

test('the page lists the columns of each file in their order', () => {
  assert.deepEqual(namesUnder('results.csv'), [...resultColumns]);
  assert.deepEqual(namesUnder('unresolved.csv'), [...unresolvedColumns]);
  assert.deepEqual(namesUnder('charges.csv'), [...chargeColumns]);
});

test('the page lists the fields of the manifest that a publication writes, and the hashed files', async () => {
  const storage = await openLocalStorage(folder, testKey);
  const batchId = 'cardlift/shop/empty';
  await publishBatch({
    storage,
    record: {
      version: 1,
      batchId,
      merchantId: 'shop',
      createdAt: '2026-11-23T00:00:00.000Z',
      createdBy: 'operator',
      file: { path: 'cards.csv', name: 'cards.csv', bytes: 0, sha256: '', rows: 0 },
      isLive: false,
      concurrency: 1,
      gatewayTimeoutMs: 1_000,
      baseUrl: 'http://127.0.0.1:4010',
      targetFingerprint: 'targetFingerprint',
      tag: 'tag',
      dataKey: { keyId: '', wrapped: '' },
    },
    staging: { rows: 0, shards: 0 },
    pass: 1,
    isCancelled: false,
    versions: {},
    publishedAt: '2026-11-23T00:00:01.000Z',
  });
  const manifest = JSON.parse(String(await storage.files.read(resultKey(batchId, 'manifest.json'))));
  assert.deepEqual(namesUnder('manifest.json').sort(), Object.keys(manifest).sort());
  const rowOf = (field: string): string =>
    page.split('\n').find((line) => line.startsWith(`| \`${field}\` |`)) ?? '';
  for (const name of Object.keys(manifest.sha256)) assert.ok(rowOf('sha256').includes(`\`${name}\``), name);
  for (const name of Object.keys(manifest.settings))
    assert.ok(rowOf('settings').includes(`\`${name}\``), name);
});
