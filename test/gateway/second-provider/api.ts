/* Example Vault's API: it takes a signed form, and returns JSON with its own field names. */
import { createHmac } from 'node:crypto';
import type { FoundAnswer } from '../../../src/gateway/answer-fields.ts';
import type { GatewayApi } from '../../../src/gateway/gateway-api.ts';
import { findTexts } from '../../../src/gateway/lenient-json.ts';
import { answerRules } from './answer-rules.ts';

export const chargePath = '/v1/vault/charges';

/** The signature of a request's body. */
export function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(`POST ${chargePath}\n${body}`).digest('hex');
}

export function createExampleVaultApi(merchantKey: string, signingSecret: string): GatewayApi {
  return {
    buildRequest({ row, merchantId, merchantTxnRef }) {
      const body = new URLSearchParams({
        reference: merchantTxnRef,
        shop: merchantId,
        value: row.amount,
        unit: row.currency,
        pan: row.cardNumber,
        valid_until: `${row.expiryMonth}${row.expiryYear.slice(-2)}`,
        holder: row.cardholderName ?? '',
        post_code: row.billing.postal_code ?? '',
        keep_card: 'yes',
      }).toString();
      return {
        path: chargePath,
        headers: {
          authorization: `Bearer ${merchantKey}`,
          'x-signature': signatureOf(body, signingSecret),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body,
      };
    },
    findAnswer: ({ value }) => findAnswer(value),
    paymentSigns: {
      tokensAndCodes: [/card_token[\\"'\s]{0,8}:[\\"'\s]{0,8}\w/i, /\bA0[08]\b/],
      success: /\bAPPROVED\b/,
    },
    rules: answerRules,
  };
}

function findAnswer(value: Readonly<Record<string, unknown>>): FoundAnswer {
  const { mode, state } = value;
  const charge = sectionOf(value.charge);
  const vault = sectionOf(value.vault);
  const isKnown = state === 'APPROVED' || state === 'REFUSED' || state === 'CHALLENGE';
  return {
    success: isKnown ? state === 'APPROVED' : undefined,
    isLive: mode === 'live' || mode === 'test' ? mode === 'live' : undefined,
    gatewayCode: textOf(value.reason),
    message: textOf(value.reason_text),
    scheme: textOf(vault.brand),
    transactionId: textOf(charge.id),
    token: textOf(vault.card_token),
    tokensAnywhere: findTexts(value, 'card_token'),
    hasRedirect: state === 'CHALLENGE',
    merchantTxnRefs: [textOf(value.reference)],
    amount: textOf(charge.value),
    currency: textOf(charge.unit),
  };
}

function sectionOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
