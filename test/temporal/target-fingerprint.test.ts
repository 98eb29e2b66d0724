import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetFingerprintOf } from '../../src/temporal/target-fingerprint.ts';

const target = {
  storageId: '5f2c',
  provider: 'payment-options',
  baseUrl: { url: 'https://api.example.com', kind: 'other' },
  account: 'default',
  isLive: true,
} as const;

test('the fingerprint of the default provider never changes: running batches wait on queues named after it', () => {
  assert.equal(targetFingerprintOf(target), 'cb111f6805');
});

test('anything else that a worker is set up for gives another fingerprint', () => {
  const others = [
    { ...target, storageId: '5f2d' },
    { ...target, provider: 'example-vault' },
    { ...target, baseUrl: { ...target.baseUrl, url: 'https://api.example.org' } },
    { ...target, account: 'other' },
    { ...target, isLive: false },
  ];
  const all = [target, ...others].map(targetFingerprintOf);
  assert.equal(new Set(all).size, all.length);
});
