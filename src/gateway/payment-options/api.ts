import type { GatewayApi } from '../gateway-api.ts';
import { answerRules } from './answer-rules.ts';
import { findAnswer } from './find-answer.ts';
import { buildPaymentRequest, paymentPath } from './payment-request.ts';
import { paymentSigns } from './payment-signs.ts';

/** The keys of one merchant account, sent exactly as they are. */
export interface PaymentOptionsKeys {
  /** The `Authorization` header. */
  readonly authorization: string;
  /** The `x-api-key` header. */
  readonly apiKey: string;
}

/** Payment Options' server-to-server API. */
export function createPaymentOptionsApi({ authorization, apiKey }: PaymentOptionsKeys): GatewayApi {
  const headers = {
    authorization,
    'x-api-key': apiKey,
    'content-type': 'application/json',
    accept: 'application/json',
  };
  return {
    buildRequest: ({ row, merchantId, merchantTxnRef }) => ({
      path: paymentPath,
      headers,
      body: JSON.stringify(buildPaymentRequest(row, merchantId, merchantTxnRef)),
    }),
    findAnswer,
    paymentSigns,
    rules: answerRules,
  };
}
