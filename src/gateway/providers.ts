/*
 * The providers, one line each. CARDLIFT_GATEWAY chooses one by its name. See
 * docs/add-a-gateway.md.
 */
export { paymentOptions } from './payment-options/provider.ts';
