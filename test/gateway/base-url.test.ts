import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBaseUrl } from '../../src/gateway/base-url.ts';
import { GatewaySettingError } from '../../src/gateway/gateway-setting-error.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';

const setting = paymentOptions.settings.baseUrl;
const sandboxBaseUrl = setting.sandboxUrl;

for (const [text, url, kind] of [
  [sandboxBaseUrl, sandboxBaseUrl, 'sandbox'],
  [`${sandboxBaseUrl}/`, sandboxBaseUrl, 'sandbox'],
  [sandboxBaseUrl.toUpperCase().replace('HTTPS', 'https'), sandboxBaseUrl, 'sandbox'],
  [`${sandboxBaseUrl}:443`, sandboxBaseUrl, 'sandbox'],
  [`${sandboxBaseUrl}:8443`, `${sandboxBaseUrl}:8443`, 'other'],
  [`${sandboxBaseUrl}/v2//`, `${sandboxBaseUrl}/v2`, 'other'],
  [`${sandboxBaseUrl}.example.com`, `${sandboxBaseUrl}.example.com`, 'other'],
  ['https://api.example.com', 'https://api.example.com', 'other'],
  ['http://127.0.0.1:4010', 'http://127.0.0.1:4010', 'loopback'],
  ['http://127.255.0.9', 'http://127.255.0.9', 'loopback'],
  ['http://localhost:4010/', 'http://localhost:4010', 'loopback'],
  ['http://[::1]:4010', 'http://[::1]:4010', 'loopback'],
  ['http://[0:0:0:0:0:0:0:1]:4010', 'http://[::1]:4010', 'loopback'],
  ['http://2130706433', 'http://127.0.0.1', 'loopback'],
  ['https://localhost', 'https://localhost', 'loopback'],
] as const) {
  test(`the base URL ${text} counts as ${kind}`, () => {
    assert.deepEqual(parseBaseUrl(text, setting), { url, kind });
  });
}

for (const text of [
  'http://api.example.com',
  'http://128.0.0.1',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'http://0.0.0.0',
  'http://10.0.0.1',
  'http://[::ffff:10.0.0.1]',
  'ftp://127.0.0.1',
  'file:///etc/hosts',
]) {
  test(`the base URL ${text} is refused: card numbers go over TLS, or stay on this machine`, () => {
    assert.throws(() => parseBaseUrl(text, setting), {
      name: GatewaySettingError.name,
      message: /must begin with https/,
    });
  });
}

for (const text of [
  '',
  'api.example.com',
  '/path',
  'https://',
  'https://user:hidden@example.com',
  'https://hidden@example.com',
  'https://example.com?key=hidden',
  'https://example.com#hidden',
]) {
  test(`the base URL "${text}" is refused, and the message does not repeat it`, () => {
    assert.throws(
      () => parseBaseUrl(text, setting),
      (error) => error instanceof GatewaySettingError && !error.message.includes('hidden'),
    );
  });
}
