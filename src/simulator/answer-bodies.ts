import { schemeOf } from './card-numbers.ts';
import type { PaymentChange } from './fault.ts';
import type { CheckedRequest } from './request-check.ts';

/** Details of a payment beyond the request. */
export interface PaymentFacts {
  readonly request: CheckedRequest;
  readonly cardNumber: string;
  readonly isLive: boolean;
  readonly transactionId: string;
  /** Null if the payment method was not stored. */
  readonly storedPaymentMethodId: string | null;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * The body of a successful payment, with every field of the API's sample answer. `change`: how a
 * fault alters it.
 */
export function createPaymentBody(facts: PaymentFacts, change?: PaymentChange): Record<string, unknown> {
  const { request, cardNumber } = facts;
  const isEchoing = change === 'pan_echo';
  const success = createAnswer(facts, {
    isSuccess: true,
    statusCode: 201,
    gatewayType: 'INFO',
    gatewayCode: 'INFO0000',
    message: isEchoing ? `Payment Successful. Card ${cardNumber} stored.` : 'Payment Successful.',
    responseCode: change === 'approved_oddly' ? 10 : 0,
    shownNumber: isEchoing ? cardNumber : maskCard(cardNumber),
  });
  if (change === 'wrong_is_live') return { ...success, is_live: !facts.isLive };
  if (change === 'three_d_secure') {
    // No acquirer has been asked yet, so there is no response code.
    const { response_code: _, ...asked } = success.payment_details as Record<string, unknown>;
    return {
      ...success,
      payment_details: asked,
      redirect_url: `https://3ds.example/${facts.transactionId}`,
      gateway_response: { version: '1', type: 'INFO', message: 'Redirect the cardholder.', code: 'INFO0004' },
      transaction_details: { id: facts.transactionId, merchant_txn_ref: request.merchant_txn_ref },
    };
  }
  return success;
}

/** The body of a payment refused by the issuer or by a rule of the gateway. */
export function createDeclineBody(
  facts: PaymentFacts,
  decline: { readonly responseCode: number; readonly gatewayCode: string; readonly message: string },
): Record<string, unknown> {
  return createAnswer(
    { ...facts, storedPaymentMethodId: null },
    {
      isSuccess: false,
      statusCode: 200,
      gatewayType: 'ERROR',
      gatewayCode: decline.gatewayCode,
      message: decline.message,
      responseCode: decline.responseCode,
      shownNumber: maskCard(facts.cardNumber),
    },
  );
}

/**
 * The body of an error about the request itself. The API documents none, so it contains only the
 * essentials.
 */
export function createErrorBody(
  statusCode: number,
  message: string,
  isLive: boolean,
): Record<string, unknown> {
  return {
    success: false,
    status_code: statusCode,
    is_live: isLive,
    gateway_response: { version: '1', type: 'ERROR', message, code: 'ERR1000' },
  };
}

interface AnswerParts {
  readonly isSuccess: boolean;
  readonly statusCode: number;
  readonly gatewayType: string;
  readonly gatewayCode: string;
  readonly message: string;
  readonly responseCode: number;
  readonly shownNumber: string;
}

function createAnswer(facts: PaymentFacts, parts: AnswerParts): Record<string, unknown> {
  const { request, transactionId } = facts;
  return {
    success: parts.isSuccess,
    status_code: parts.statusCode,
    is_live: facts.isLive,
    transaction_type: 'CAPTURE',
    gateway_response: {
      version: '1',
      type: parts.gatewayType,
      message: parts.message,
      code: parts.gatewayCode,
    },
    merchant_details: {
      legal_name: 'Simulated Merchant',
      mid: request.merchant_id,
      merchant_txn_ref: request.merchant_txn_ref,
      billing_details: { billing_address: request.billing_address },
      device_details: {
        visited_ip: '127.0.0.1',
        merchant_ip: '127.0.0.1',
        customer_ip: request.customer_ip ?? '',
      },
    },
    payment_details: {
      amount: Number(request.amount),
      response_code: parts.responseCode,
      auth_code: parts.isSuccess ? String(authCodeOf(transactionId)) : '',
      currency: request.currency,
      payment_method: 'ECMC-SSL',
      scheme: schemeOf(facts.cardNumber),
      card: {
        name: request.card.name ?? '',
        number: parts.shownNumber,
        exp_month: request.card.expiry_month ?? '',
        exp_year: request.card.expiry_year ?? '',
      },
      additional_data: { payment_data_source: { type: 'card' } },
    },
    transaction_details: {
      id: transactionId,
      ref: authCodeOf(transactionId),
      timestamp: facts.at,
      merchant_txn_ref: request.merchant_txn_ref,
      ...(facts.storedPaymentMethodId === null
        ? {}
        : { stored_payment_method_id: facts.storedPaymentMethodId }),
    },
    'risk-details': { risk_score: null },
  };
}

function authCodeOf(transactionId: string): number {
  return 100_000 + (Number.parseInt(transactionId.slice(0, 8), 16) % 900_000);
}

function maskCard(cardNumber: string): string {
  return `${cardNumber.slice(0, 6)}******${cardNumber.slice(-4)}`;
}
