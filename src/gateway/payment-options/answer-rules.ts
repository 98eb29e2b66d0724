/* What Payment Options' answers mean: its statuses, `gateway_response.code` and `response_code`. */
import { ambiguous, declined, type Refusal } from '../../domain/verdict.ts';
import type { AnswerRules } from '../classify-exchange.ts';
import type { PaymentAnswer } from '../exchange.ts';
import {
  classifyGatewayCode,
  classifyResponseCode,
  type GatewayCodeClass,
  type ResponseCodeClass,
} from './response-codes.ts';

export const answerRules: AnswerRules = {
  bodyStatuses: new Set([200, 201]),
  ownStatuses: new Map([[406, declined('card_invalid')]]),

  provesPayment(answer) {
    if (gatewayClassOf(answer) === 'paid') return true;
    const hasTransaction = answer.transactionId !== undefined || answer.hasUnusableTransactionId === true;
    return hasTransaction && answer.responseCode !== undefined && isApproval(answer.responseCode);
  },

  deniesPayment(answer) {
    const gateway = gatewayClassOf(answer);
    if (gateway === 'velocity' || gateway === 'risk' || gateway === 'error' || gateway === 'undone')
      return true;
    if (answer.responseCode === undefined) return false;
    // A code that is in no table says nothing either way.
    return !isApproval(answer.responseCode) && classifyResponseCode(answer.responseCode) !== 'unlisted';
  },

  describeOddApproval({ responseCode: code }) {
    return code === undefined || classifyResponseCode(code) === 'approved'
      ? undefined
      : `Approved with response code ${code}: check the amount that was charged`;
  },

  /** By the link, then `gateway_response.code`, then `payment_details.response_code`. */
  classifyRefusal(answer) {
    if (answer.hasRedirect === true) return declined('three_d_secure_required');
    switch (gatewayClassOf(answer)) {
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
          : refusalByClass[classifyResponseCode(answer.responseCode)];
    }
  },
};

const refusalByClass: Readonly<Record<ResponseCodeClass, Refusal>> = {
  approved: ambiguous('unknown_contradiction'),
  approved_oddly: ambiguous('unknown_contradiction'),
  hard: declined('declined_hard'),
  not_permitted: declined('declined_not_permitted'),
  cardholder_action: declined('declined_cardholder_action'),
  soft: declined('declined_soft'),
  system: declined('declined_system'),
  risk: declined('declined_risk'),
  unclear: ambiguous('unknown_unclear_code'),
  duplicate: ambiguous('unknown_duplicate'),
  set_up: { kind: 'final', outcome: 'failed', errorCode: 'set_up_refused', counts: 'set_up_code' },
  unlisted: declined('declined_other'),
};

function gatewayClassOf({ gatewayCode }: PaymentAnswer): GatewayCodeClass {
  return gatewayCode === undefined ? 'unlisted' : classifyGatewayCode(gatewayCode);
}

function isApproval(responseCode: number): boolean {
  const meaning = classifyResponseCode(responseCode);
  return meaning === 'approved' || meaning === 'approved_oddly';
}
