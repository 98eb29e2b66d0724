/*
 * The table of all faults. The card number contains the fault's two-digit code (see
 * card-numbers.ts), so a file determines what happens to each of its rows. The documentation is
 * generated from the sentences.
 *
 * The ambiguous faults are chosen to be hard on the client: where the real gateway leaves open
 * whether it charged, half of the faults charge and half do not. Neither "send it again" nor "it
 * was not charged" passes a test.
 */

import type { Fault, PaymentChange } from './fault.ts';

const decline = (
  code: string,
  text: string,
  responseCode: number,
  message: string,
  gatewayCode = 'ERR2001',
): Fault => ({
  code,
  text,
  isCharged: false,
  reply: { kind: 'decline', responseCode, gatewayCode, message },
});

const status = (code: string, httpStatus: number, text: string, isCharged = false): Fault => ({
  code,
  text,
  isCharged,
  reply: { kind: 'status', status: httpStatus },
});

const payment = (code: string, change: PaymentChange, text: string, isCharged = true): Fault => ({
  code,
  text,
  isCharged,
  reply: { kind: 'payment', change },
});

const once = (fault: Fault, retryAfterS?: number): Fault => ({
  ...fault,
  isOnce: true,
  reply:
    fault.reply.kind === 'status' && retryAfterS !== undefined
      ? { ...fault.reply, retryAfterS }
      : fault.reply,
});

/** Every fault by name. */
export const faults = {
  'declined-hard': decline('01', 'The issuer permanently refuses the card (code 41).', 41, 'Lost card.'),
  'declined-not-permitted': decline(
    '02',
    'The issuer does not permit this kind of payment on the card (code 57).',
    57,
    'Transaction not permitted to cardholder.',
  ),
  'declined-cardholder-action': decline(
    '03',
    'The issuer requires action by the cardholder (code 65).',
    65,
    'Authentication required.',
  ),
  'declined-soft': decline('04', 'The issuer refuses for now (code 51).', 51, 'Insufficient funds.'),
  'declined-system': decline(
    '05',
    'The issuer or the network is out of service (code 91).',
    91,
    'Issuer unavailable.',
  ),
  'declined-risk': decline(
    '06',
    'A risk rule of the gateway refuses the card (ERR3004, code -8004).',
    -8004,
    'Card number is blacklisted.',
    'ERR3004',
  ),
  'declined-velocity': decline(
    '07',
    'A velocity rule of the gateway refuses the card (ERR3008, code -8008).',
    -8008,
    'Card number used too often.',
    'ERR3008',
  ),
  'declined-duplicate': decline(
    '08',
    'The gateway calls the payment a duplicate (code 94); it charges nothing.',
    94,
    'Duplicate transaction.',
  ),
  'declined-unclear': {
    ...decline(
      '09',
      'The answer does not say whether the card was charged (code 68); it was.',
      68,
      'Response received too late.',
    ),
    isCharged: true,
  },
  'declined-set-up': decline(
    '10',
    "The merchant's set-up is refused (code 3).",
    3,
    'Invalid merchant or service provider.',
  ),
  'declined-unlisted': decline(
    '11',
    'A decline with a code that is in no table (code 9999).',
    9999,
    'Declined.',
  ),
  'approved-oddly': payment(
    '12',
    'approved_oddly',
    'A success with a token, but response code 10 (partial approval).',
  ),
  'without-token': payment(
    '13',
    'without_token',
    'A success without stored_payment_method_id: charged, nothing stored.',
  ),
  'pan-echo': payment(
    '14',
    'pan_echo',
    'A success that repeats the whole card number, as card.number and in the message.',
  ),
  'three-d-secure': payment(
    '15',
    'three_d_secure',
    'A success-looking answer with a redirect_url for 3-D Secure; nothing is charged.',
    false,
  ),
  'wrong-is-live': payment(
    '16',
    'wrong_is_live',
    'A success whose is_live is the opposite of the other answers.',
  ),
  'cut-json': payment('17', 'cut_json', 'Charged, then HTTP 201 with half of the JSON.'),
  'cut-connection': payment('18', 'cut_connection', 'Charged, then the connection drops within the answer.'),
  slow: payment('19', 'slow', 'A success that takes 2 seconds longer.'),
  'status-307': once(status('20', 307, 'HTTP 307 to another host, once per card.')),
  'status-400': status('21', 400, 'HTTP 400 for a request that is well-formed.'),
  'status-401': once(status('22', 401, 'HTTP 401, once per card.')),
  'status-403': once(status('23', 403, 'HTTP 403, once per card.')),
  'status-406': status('24', 406, 'HTTP 406: the gateway calls the card invalid.'),
  'status-408': status('25', 408, 'HTTP 408; nothing is charged.'),
  'status-409': status('26', 409, 'HTTP 409; nothing is charged.'),
  'status-412': status('27', 412, 'HTTP 412: a precondition of the request fails.'),
  'status-422': status('28', 422, 'HTTP 422: the request cannot be processed.'),
  'status-425': once(status('29', 425, 'HTTP 425, once per card.')),
  'status-429': once(status('30', 429, 'HTTP 429 with Retry-After: 1, once per card.'), 1),
  'error-before': status('31', 500, 'HTTP 500 before the payment; nothing is charged.'),
  'error-after': status('32', 500, 'HTTP 500 after the payment: charged.', true),
  'status-502': status('33', 502, 'HTTP 502 from a proxy; nothing is charged.'),
  'status-503-retry': once(status('34', 503, 'HTTP 503 with Retry-After: 1, once per card.'), 1),
  'status-503': status('35', 503, 'HTTP 503 without Retry-After after the payment: charged.', true),
  'status-504': status('36', 504, 'HTTP 504 from a proxy that gave up waiting: charged.', true),
  'drop-before': {
    code: '37',
    text: 'The connection drops before the payment; nothing is charged.',
    isCharged: false,
    reply: { kind: 'drop' },
  },
  'drop-after': {
    code: '38',
    text: 'The connection drops after the payment: charged, no answer.',
    isCharged: true,
    reply: { kind: 'drop' },
  },
  hang: {
    code: '39',
    text: 'Charged, and never answered; the connection stays open.',
    isCharged: true,
    reply: { kind: 'silence' },
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** The names of all faults, in the order of their codes. */
export const faultNames = Object.keys(faults) as [FaultName, ...FaultName[]];

/** True if the text is the name of a fault. */
export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(faults, text);
}

/** The fault with this name. */
export function faultOf(name: FaultName): Fault {
  return faults[name];
}
