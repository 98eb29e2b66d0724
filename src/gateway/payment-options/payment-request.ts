import { definedOf } from '../../domain/defined.ts';
import { type Address, addressFields, type SendableRow } from '../../domain/staged-row.ts';
import type { operations } from './generated/api.ts';

/** The body of the gateway's payment request, as its OpenAPI description types it. */
export type PaymentRequest = operations['generatetoken']['requestBody']['content']['application/json'];

/** The path of the payment request under the base URL. */
export const paymentPath = '/api/v1/server-to-server-interface/payment';

/**
 * Builds exactly the request of the API: no unknown key, no CVC, absent fields left out. The
 * gateway stores the card because `store_payment_method` is true, and it charges `amount`.
 */
export function buildPaymentRequest(
  row: SendableRow,
  merchantId: string,
  merchantTxnRef: string,
): PaymentRequest {
  return {
    amount: row.amount,
    currency: row.currency,
    card: {
      number: row.cardNumber,
      expiry_month: row.expiryMonth,
      expiry_year: row.expiryYear,
      ...definedOf({ name: row.cardholderName }),
    },
    payment_method: { type: 'scheme', store_payment_method: true },
    merchant_txn_ref: merchantTxnRef,
    ...definedOf({ customer_ip: row.customerIp }),
    merchant_id: merchantId,
    billing_address: pickAddress(row.billing),
    ...(row.shipping === undefined ? {} : { shipping_address: pickAddress(row.shipping) }),
    ...definedOf({ time_zone: row.timeZone }),
  };
}

function pickAddress(address: Address): Address {
  return Object.fromEntries(
    addressFields.flatMap((field) => (address[field] === undefined ? [] : [[field, address[field]]])),
  );
}
