import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretDetector } from '../../../src/domain/redaction/secret-detector.ts';

const key = 'XApiKey-Secret_4f7Q9z21';
const holdsSecret = createSecretDetector([key, 'c2VjcmV0dXNlcjpzZWNyZXRwYXNz', 'hunter2']);
const base64 = (text: string) => Buffer.from(text).toString('base64');

for (const [name, text] of [
  ['as it is', key],
  ['in lower case', key.toLowerCase()],
  ['spaced out', [...key].join(' ')],
  ['with dots', [...key].join('.')],
  ['split in two', `${key.slice(0, 8)} ${key.slice(8)}`],
  ['split by a line break', `${key.slice(0, 8)}\r\n${key.slice(8)}`],
  ['in base64', base64(key)],
  ['in base64, twice', base64(base64(key))],
  ['in base64 behind a prefix', `v1_${base64(key)}`],
  ['in base64 with its name', base64(`x-api-key: ${key}`)],
  ['in hex', Buffer.from(key).toString('hex')],
  ['backwards', [...key].reverse().join('')],
  ['percent-encoded', [...key].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')],
  ['in entities', [...key].map((c) => `&#${c.charCodeAt(0)};`).join('')],
  ['in JSON escapes', [...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')],
  ['in full-width characters', [...key].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')],
  ['with invisible characters', [...key].join('\u200b')],
  ['half', key.slice(0, 14)],
  ['a short one', 'password: HUNTER2!'],
  ['the credentials in lower case', 'basic c2VjcmV0dXNlcjpzZWNyZXRwYXNz'.toLowerCase()],
] as const) {
  test(`a key is found when written ${name}`, () => {
    assert.ok(holdsSecret(text));
    assert.ok(holdsSecret(`bad key <${text}> given`));
  });
}

test('other texts contain no key', () => {
  for (const text of [
    'Invalid API key',
    'XApiKey',
    'secret',
    '',
    'pm_4f7Q9z',
    'Basic authentication needed',
  ]) {
    assert.ok(!holdsSecret(text), text);
  }
});

test('a secret that is too short, or a monotonous part of one, is ignored', () => {
  assert.ok(!createSecretDetector(['abc', '', '---------'])('abc --------- '));
  const withZeros = createSecretDetector(['live_key_0000000000000000']);
  assert.ok(!withZeros('pm_0000000000000000'));
  assert.ok(withZeros('LIVE KEY 0000000000000000'));
});
