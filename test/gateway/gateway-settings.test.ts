import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingKeysOf, readGatewaySettings } from '../../src/gateway/gateway-settings.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';
import { exampleVault } from './second-provider/provider.ts';

test('without any setting the sandbox is used, with the default time-out and without keys', () => {
  for (const provider of [paymentOptions, exampleVault]) {
    const { baseUrl, timeoutMs, keys } = readGatewaySettings(provider, { EXAMPLE_VAULT_URL: '' });
    assert.deepEqual(baseUrl, { url: provider.settings.baseUrl.sandboxUrl, kind: 'sandbox' });
    assert.equal(timeoutMs, provider.settings.timeoutMs.defaultMs);
    assert.deepEqual(keys, {});
    assert.deepEqual(missingKeysOf(provider, keys), Object.keys(provider.settings.keys));
  }
});

test('each provider reads the variables that it declares, and keys verbatim', () => {
  const environment = {
    PAYMENT_OPTIONS_AUTHORIZATION: ' Basic  kEy== ',
    PAYMENT_OPTIONS_X_API_KEY: '',
    EXAMPLE_VAULT_URL: 'https://vault.example/v2/',
    EXAMPLE_VAULT_TIMEOUT_MS: '1000',
    EXAMPLE_VAULT_MERCHANT_KEY: 'mk',
    EXAMPLE_VAULT_SIGNING_SECRET: 'secret',
  };
  const first = readGatewaySettings(paymentOptions, environment);
  assert.deepEqual(first.keys, { PAYMENT_OPTIONS_AUTHORIZATION: ' Basic  kEy== ' });
  assert.deepEqual(missingKeysOf(paymentOptions, first.keys), ['PAYMENT_OPTIONS_X_API_KEY']);
  assert.deepEqual(readGatewaySettings(exampleVault, environment), {
    baseUrl: { url: 'https://vault.example/v2', kind: 'other' },
    timeoutMs: 1_000,
    keys: { EXAMPLE_VAULT_MERCHANT_KEY: 'mk', EXAMPLE_VAULT_SIGNING_SECRET: 'secret' },
  });
});

for (const [name, value, complaint] of [
  ['PAYMENT_OPTIONS_TIMEOUT_MS', 'soon-99', 'must be a number of milliseconds'],
  ['PAYMENT_OPTIONS_TIMEOUT_MS', '1000.99', 'must be a whole number of milliseconds'],
  ['PAYMENT_OPTIONS_TIMEOUT_MS', '99', 'must be at least 100'],
  ['PAYMENT_OPTIONS_TIMEOUT_MS', '600099', 'must be at most 600000'],
  ['PAYMENT_OPTIONS_X_API_KEY', 'secret-99\n', 'must be printable ASCII'],
  ['PAYMENT_OPTIONS_AUTHORIZATION', 'Basic ９９99', 'must be printable ASCII'],
  ['PAYMENT_OPTIONS_BASE_URL', 'http://example.com/99', 'must begin with https://'],
] as const) {
  test(`${name} that breaks its rule is refused, and the value is not repeated: ${complaint}`, () => {
    assert.throws(
      () => readGatewaySettings(paymentOptions, { [name]: value }),
      (error) =>
        error instanceof Error &&
        error.name === 'GatewaySettingError' &&
        error.message.startsWith(`${name} ${complaint}`) &&
        !error.message.includes(value),
    );
  });
}
