/* The request that all peers send, once per call, with a time-out. */
import type { Result, Row } from './files.ts';
import { settings } from './settings.ts';

/** An answer other than 2xx. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(response: Response) {
    super(`The gateway answered ${response.status}`);
    this.status = response.status;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    this.retryAfterMs = Number.isNaN(seconds) ? undefined : seconds * 1_000;
  }
}

/** True for a request that would fail the same way again. */
export const isFinal = (error: unknown): boolean =>
  error instanceof GatewayError && error.status >= 400 && error.status < 500 && error.status !== 429;

export async function tokenize(row: Row): Promise<Result> {
  const response = await fetch(`${settings.baseUrl}/api/v1/server-to-server-interface/payment`, {
    method: 'POST',
    headers: {
      authorization: settings.authorization,
      'x-api-key': settings.apiKey,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      amount: row.amount,
      currency: row.currency,
      card: {
        number: row.card_number,
        expiry_month: row.expiry_month,
        expiry_year: row.expiry_year,
        name: row.cardholder_name,
      },
      payment_method: { type: 'scheme', store_payment_method: true },
      merchant_txn_ref: row.merchant_ref,
      merchant_id: 'bench',
      billing_address: {},
    }),
    signal: AbortSignal.timeout(settings.timeoutMs),
  });
  if (!response.ok) throw new GatewayError(response);
  const { success, transaction_details: details } = (await response.json()) as {
    success: boolean;
    transaction_details: { stored_payment_method_id?: string };
  };
  return success && details.stored_payment_method_id !== undefined
    ? { outcome: 'tokenized', token: details.stored_payment_method_id }
    : { outcome: 'declined', token: '' };
}
