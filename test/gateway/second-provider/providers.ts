/* src/gateway/providers.ts with one more line. */
export { paymentOptions } from '../../../src/gateway/payment-options/provider.ts';
export { exampleVault } from './provider.ts';
