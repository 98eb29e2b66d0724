/* Payment Options' gateway as tests use it: a client with the simulator's keys, and its limits. */
import type { Gateway } from '../../src/gateway/gateway.ts';
import { openGateway } from '../../src/gateway/open-gateway.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';

export const { limits } = paymentOptions;

export interface PaymentOptionsTarget {
  readonly baseUrl: string;
  readonly authorization?: string;
  readonly apiKey?: string;
}

/** A client of the gateway at a base URL. */
export function createPaymentOptionsGateway({
  baseUrl,
  authorization = 'Basic simulator',
  apiKey = 'simulator',
}: PaymentOptionsTarget): Gateway {
  return openGateway(paymentOptions, baseUrl, {
    PAYMENT_OPTIONS_AUTHORIZATION: authorization,
    PAYMENT_OPTIONS_X_API_KEY: apiKey,
  });
}
