/* What a person may report about a row whose outcome is unknown. */
import { findIdFault } from '../../domain/gateway-id.ts';
import { settledByHand } from '../../results/merge-row.ts';
import type { OutcomeLine } from '../../results/outcome-line.ts';
import type { SendResolution } from '../../storage/resolutions.ts';

/** Why the row may not be settled with this resolution. Undefined if it may. */
export function reasonToRefuse(
  { outcome, errorCode, transactionId, message }: OutcomeLine,
  { resolution, transactionId: reported }: SendResolution,
): string | undefined {
  if (outcome === 'unknown') return undefined;
  if (outcome === 'charged_without_token') {
    if (resolution === 'not_charged') {
      return 'the gateway reported a charge, so the row cannot be not_charged';
    }
    // A person's id may be corrected. The gateway's own id is needed for a refund.
    const isGateways = transactionId !== undefined && message?.startsWith(settledByHand) !== true;
    return isGateways && reported !== undefined && reported !== transactionId
      ? "transaction_id differs from the gateway's for this payment"
      : undefined;
  }
  // A correction before the row was sent again. Afterwards its newest request is another one.
  if (errorCode === 'resolved_not_charged' && resolution !== 'not_charged') return undefined;
  return `the row is ${outcome} and needs no resolution`;
}

/** What is wrong with the ids of a resolution. */
export function findIdErrors({ resolution, storedPaymentMethodId, transactionId }: SendResolution): string[] {
  const errors: string[] = [];
  for (const [name, id] of [
    ['stored_payment_method_id', storedPaymentMethodId],
    ['transaction_id', transactionId],
  ] as const) {
    if (id === undefined) continue;
    const fault = findIdFault(id);
    if (fault !== undefined) errors.push(`${name} ${fault}`);
  }
  switch (resolution) {
    case 'tokenized':
      if (storedPaymentMethodId === undefined) errors.push('tokenized needs the stored_payment_method_id');
      if (transactionId === undefined) errors.push('tokenized needs the transaction_id');
      break;
    case 'charged_without_token':
      if (storedPaymentMethodId !== undefined) {
        errors.push('with a stored_payment_method_id the row is tokenized, or the id belongs to another row');
      }
      if (transactionId === undefined) errors.push('charged_without_token needs the transaction_id');
      break;
    case 'not_charged':
      if (storedPaymentMethodId !== undefined || transactionId !== undefined) {
        errors.push('not_charged must have no ids: an id means that there was a payment');
      }
  }
  return errors;
}
