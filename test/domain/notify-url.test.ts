import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNotifyUrl } from '../../src/domain/notify-url.ts';

for (const text of [
  'https://hooks.example.com/services/T000/B000/secret',
  'http://127.0.0.1:8080/notices',
  'http://localhost/notices',
  'http://[::1]:9/',
]) {
  test(`${text} is accepted for notices`, () => assert.deepEqual(parseNotifyUrl(text), { url: text }));
}

for (const [text, fault] of [
  ['hooks.example.com/secret', 'not_a_url'],
  ['', 'not_a_url'],
  ['http://hooks.example.com/secret', 'not_https'],
  ['http://127.0.0.1.example.com/', 'not_https'],
  ['ftp://127.0.0.1/', 'not_https'],
  ['file:///etc/passwd', 'not_https'],
  ['https://user:secret@hooks.example.com/', 'has_credentials'],
] as const) {
  test(`"${text}" is refused: ${fault}`, () => assert.deepEqual(parseNotifyUrl(text), { fault }));
}
