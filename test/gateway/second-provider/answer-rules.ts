/* The meaning of Example Vault's answers, by reason code. */
import { ambiguous, declined, type Refusal } from '../../../src/domain/verdict.ts';
import type { AnswerRules } from '../../../src/gateway/classify-exchange.ts';

const refusalByCode: ReadonlyMap<string, Refusal> = new Map([
  ['R03', { kind: 'final', outcome: 'failed', errorCode: 'set_up_refused', counts: 'set_up_code' }],
  ['R05', declined('declined_hard')],
  ['R51', declined('declined_soft')],
  ['R61', { ...declined('declined_velocity'), counts: 'velocity' }],
  ['R90', ambiguous('unknown_unclear_code')],
  ['R94', ambiguous('unknown_duplicate')],
]);

export const answerRules: AnswerRules = {
  // A refused payment is a 402 with the reason in the body.
  bodyStatuses: new Set([200, 402]),
  ownStatuses: new Map([[424, declined('card_invalid')]]),
  provesPayment: ({ gatewayCode }) => gatewayCode === 'A00' || gatewayCode === 'A08',
  deniesPayment: ({ gatewayCode }) => gatewayCode?.startsWith('R') === true,
  describeOddApproval: ({ gatewayCode }) =>
    gatewayCode === 'A08' ? 'Approved with code A08: check the amount that was charged' : undefined,
  classifyRefusal: ({ gatewayCode = '', hasRedirect }) =>
    hasRedirect === true
      ? declined('three_d_secure_required')
      : (refusalByCode.get(gatewayCode) ?? declined('declined_other')),
};
