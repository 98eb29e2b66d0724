/* What a refusal means for its row: `success` is false, and nothing in the answer is evidence of a payment. */
import type { PaymentAnswer } from './exchange.ts';
import { classifyGatewayCode, classifyResponseCode } from './response-codes.ts';
import { ambiguous, declined, type FinalVerdict } from './row-verdict.ts';

/** The verdict by the link, then `gateway_response.code`, then `payment_details.response_code`. */
export function classifyRefusal(answer: PaymentAnswer): FinalVerdict {
  if (answer.hasRedirect === true) {
    return declined('three_d_secure_required');
  }
  switch (answer.gatewayCode === undefined ? 'unlisted' : classifyGatewayCode(answer.gatewayCode)) {
    case 'paid':
      return ambiguous('unknown_contradiction');
    case 'velocity':
      return { ...declined('declined_velocity'), counts: 'velocity' };
    case 'risk':
      return declined('declined_risk');
    case 'undone':
    case 'error':
    case 'unlisted':
      return answer.responseCode === undefined
        ? declined('declined_other')
        : classifyRefusedCode(answer.responseCode);
  }
}

function classifyRefusedCode(responseCode: number): FinalVerdict {
  switch (classifyResponseCode(responseCode)) {
    case 'approved':
    case 'approved_oddly':
      return ambiguous('unknown_contradiction');
    case 'hard':
      return declined('declined_hard');
    case 'not_permitted':
      return declined('declined_not_permitted');
    case 'cardholder_action':
      return declined('declined_cardholder_action');
    case 'soft':
      return declined('declined_soft');
    case 'system':
      return declined('declined_system');
    case 'risk':
      return declined('declined_risk');
    case 'unclear':
      return ambiguous('unknown_unclear_code');
    case 'duplicate':
      return ambiguous('unknown_duplicate');
    case 'set_up':
      return { kind: 'final', outcome: 'failed', errorCode: 'set_up_refused', counts: 'set_up_code' };
    case 'unlisted':
      return declined('declined_other');
  }
}
