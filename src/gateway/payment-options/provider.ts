import type { Provider } from '../provider.ts';
import { createPaymentOptionsApi } from './api.ts';

/** Payment Options: settings, limits and API. */
export const paymentOptions: Provider<'PAYMENT_OPTIONS_AUTHORIZATION' | 'PAYMENT_OPTIONS_X_API_KEY'> = {
  name: 'payment-options',
  title: 'Payment Options',
  settings: {
    baseUrl: {
      name: 'PAYMENT_OPTIONS_BASE_URL',
      meaning: 'the gateway, without `/api/v1`; https, except on this machine',
      // The development server of the API description.
      sandboxUrl: 'https://api-dev.paymentoptions.com',
    },
    timeoutMs: {
      name: 'PAYMENT_OPTIONS_TIMEOUT_MS',
      // A card payment may take half a minute on a bad day. Giving up sooner makes rows `unknown`
      // for nothing.
      defaultMs: 60_000,
    },
    keys: {
      PAYMENT_OPTIONS_AUTHORIZATION: { meaning: 'the `Authorization` header, verbatim, e.g. `Basic KEY`' },
      PAYMENT_OPTIONS_X_API_KEY: { meaning: 'the `x-api-key` header, verbatim' },
    },
    keysHint: 'sent exactly as given, e.g. "Basic KEY"',
  },
  // The maxLength of each field in api/generate-token.openapi.yaml.
  limits: {
    maxCardNumberDigits: 16,
    maxCharacters: {
      cardholder_name: 255,
      time_zone: 128,
      email: 45,
      phone_number: 20,
      address1: 199,
      city: 65,
      state: 65,
      postal_code: 45,
    },
    testCards: ['4000000000001091'],
  },
  maxMerchantTxnRefCharacters: 45,
  createApi: (keys) =>
    createPaymentOptionsApi({
      authorization: keys.PAYMENT_OPTIONS_AUTHORIZATION,
      apiKey: keys.PAYMENT_OPTIONS_X_API_KEY,
    }),
};
