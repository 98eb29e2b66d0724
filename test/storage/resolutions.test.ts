import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ResolutionKind,
  type ResolutionRecord,
  resolutionsByRef,
} from '../../src/storage/resolutions.ts';

const merchantTxnRef = 'abcdefghijkl-p1-r1-n1';

const resolutionOf = (who: string, resolution: ResolutionKind, ref = merchantTxnRef): ResolutionRecord => ({
  id: `by ${who}`,
  at: '2026-01-03T00:00:00.000Z',
  who,
  file: { name: 'unresolved.csv', sha256: '' },
  resolutions: [{ row: 1, merchantTxnRef: ref, resolution }],
});

test('the latest resolution of a send wins', () => {
  const resolution = resolutionsByRef([
    resolutionOf('first@desk', 'not_charged'),
    resolutionOf('second@desk', 'charged_without_token'),
    resolutionOf('third@desk', 'tokenized'),
  ]).get(merchantTxnRef);
  assert.deepEqual([resolution?.resolution, resolution?.who], ['tokenized', 'third@desk']);
});

test('a resolution without a merchant_txn_ref is refused: it could be taken for that of another send', () => {
  const records = [resolutionOf('first@desk', 'tokenized'), resolutionOf('second@desk', 'not_charged', '')];
  assert.throws(() => resolutionsByRef(records), {
    name: 'ResolutionError',
    message: /resolution of row 1 by second@desk .* has no merchant_txn_ref/,
  });
});
