import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchTagOf, merchantTxnRefOf } from '../../src/domain/txn-ref.ts';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

test('batches with different digests have different tags, and the same digest gives the same tag', () => {
  const tags = new Set(Array.from({ length: 1_000 }, (_, index) => batchTagOf(digestOf(`batch ${index}`))));
  assert.equal(tags.size, 1_000);
  assert.equal(batchTagOf(digestOf('one')), batchTagOf(digestOf('one')));
});

const send = fc.record({
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  pass: fc.integer({ min: 1, max: 9_999 }),
  row: fc.integer({ min: 1, max: 10_000_000 }),
  intent: fc.integer({ min: 1, max: 999_999 }),
});

test('a reference fits the API, is plain ASCII, and never looks like a card number', () => {
  fc.assert(
    fc.property(send, ({ digest, pass, row, intent }) => {
      const ref = merchantTxnRefOf(batchTagOf(digest), pass, row, intent);
      assert.match(ref, /^[a-z]{12}-[a-z0-9-]+$/);
      assert.ok(ref.length <= 45, `${ref.length} characters`);
      assert.doesNotMatch(ref, /\d(?:[-._ ]?\d){11,}/);
    }),
    { examples: [[{ digest: new Uint8Array(32).fill(255), pass: 9_999, row: 10_000_000, intent: 999_999 }]] },
  );
});

test('sends that differ in batch, pass, row or intent have different references', () => {
  const small = fc.record({
    tag: fc.constantFrom('aaaaaaaaaaaa', 'aaaaaaaaaaab'),
    pass: fc.integer({ min: 1, max: 12 }),
    row: fc.integer({ min: 1, max: 120 }),
    intent: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(small, small, (a, b) => {
      const isSame = a.tag === b.tag && a.pass === b.pass && a.row === b.row && a.intent === b.intent;
      const refs = [a, b].map(({ tag, pass, row, intent }) => merchantTxnRefOf(tag, pass, row, intent));
      assert.equal(refs[0] === refs[1], isSame);
    }),
  );
});
