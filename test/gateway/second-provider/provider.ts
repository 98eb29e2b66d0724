import type { Provider } from '../../../src/gateway/provider.ts';
import { createExampleVaultApi } from './api.ts';

/**
 * A provider that exists only in tests, with its own fields, codes, statuses and authentication.
 */
export const exampleVault: Provider<'EXAMPLE_VAULT_MERCHANT_KEY' | 'EXAMPLE_VAULT_SIGNING_SECRET'> = {
  name: 'example-vault',
  title: 'Example Vault',
  settings: {
    baseUrl: {
      name: 'EXAMPLE_VAULT_URL',
      meaning: 'the vault',
      sandboxUrl: 'https://sandbox.vault.example',
    },
    timeoutMs: { name: 'EXAMPLE_VAULT_TIMEOUT_MS', defaultMs: 30_000 },
    keys: {
      EXAMPLE_VAULT_MERCHANT_KEY: { meaning: 'the merchant key' },
      EXAMPLE_VAULT_SIGNING_SECRET: { meaning: 'signs every request, and is never sent' },
    },
    keysHint: 'as the vault shows them once',
  },
  limits: {
    maxCardNumberDigits: 19,
    maxCharacters: {
      cardholder_name: 40,
      time_zone: 64,
      email: 100,
      phone_number: 16,
      address1: 80,
      city: 40,
      state: 40,
      postal_code: 12,
    },
    testCards: ['4000000000000002'],
  },
  maxMerchantTxnRefCharacters: 50,
  createApi: (keys) =>
    createExampleVaultApi(keys.EXAMPLE_VAULT_MERCHANT_KEY, keys.EXAMPLE_VAULT_SIGNING_SECRET),
};
