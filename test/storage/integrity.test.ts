import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIntegrity, macLength } from '../../src/storage/integrity.ts';

const key = Buffer.alloc(32, 7);
const integrity = createIntegrity({ key }, 'storage 1');

test('a MAC is valid for its content in its place only', () => {
  const mac = integrity.macOf('place', 'content');
  assert.match(mac, new RegExp(`^[0-9a-f]{${macLength}}$`));
  assert.equal(integrity.isValid(mac, 'place', 'content'), true);
  assert.equal(integrity.isValid(mac, 'place', Buffer.from('content')), true);
  for (const [place, content] of [
    ['place', 'content.'],
    ['another place', 'content'],
    ['', 'content'],
    ['pla', 'cecontent'],
    ['place con', 'tent'],
  ] as const) {
    assert.equal(integrity.isValid(mac, place, content), false, `${place}, ${content}`);
  }
  assert.equal(integrity.isValid('', 'place', 'content'), false);
  assert.equal(integrity.isValid(mac.slice(1), 'place', 'content'), false);
});

test('another key and another storage have other MACs', () => {
  const mac = integrity.macOf('place', 'content');
  assert.notEqual(createIntegrity({ key }, 'storage 2').macOf('place', 'content'), mac);
  assert.notEqual(createIntegrity({ key: Buffer.alloc(32, 8) }, 'storage 1').macOf('place', 'content'), mac);
});
