/*
 * The gateway's `payment_details.response_code`, classed by what it means for the row. The numbers
 * are from the gateway's table of response codes; the classes are our conclusion from its texts. A
 * code that is not here is `unlisted`.
 */
export type ResponseCodeClass =
  | 'approved'
  | 'approved_oddly'
  | 'hard'
  | 'not_permitted'
  | 'cardholder_action'
  | 'soft'
  | 'system'
  | 'unclear'
  | 'duplicate'
  | 'set_up'
  | 'risk'
  | 'unlisted';

const span = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, index) => low + index);

const codes: Readonly<Record<Exclude<ResponseCodeClass, 'unlisted'>, readonly number[]>> = {
  approved: [0],
  approved_oddly: [8, 10, 85],
  hard: [4, 7, 14, 15, 39, 41, 43, 52, 53, 54, 76, 77, 78, 577, ...span(586, 589), 605, 606, 608],
  not_permitted: [12, 57, 62, 93, 972, 973, 975],
  cardholder_action: [55, 65, 82, 580, 581, 662, 835, 937],
  soft: [1, 2, 5, 28, 51, 61, 70, 583, 584],
  system: [19, 80, 91, 92, 96, ...span(443, 450), ...span(453, 457), 459, 460, 675, 678, 681, 703, 705],
  unclear: [-1, 68, 452, 578, 676, 677, 679, 680, 682, 683, ...span(694, 702), 704],
  duplicate: [94, 451],
  set_up: [3, 13, 30, 58, 442, 458, ...span(590, 604), ...span(622, 661), ...span(663, 674)],
  risk: [34, 59, 63, 83],
};

const classByCode = new Map<number, ResponseCodeClass>();
for (const [name, numbers] of Object.entries(codes)) {
  for (const number of numbers) {
    classByCode.set(number, name as ResponseCodeClass);
  }
}

/** What a response code means. Codes of -8000 and below belong to the gateway's risk rules. */
export function classifyResponseCode(code: number): ResponseCodeClass {
  return code <= -8000 ? 'risk' : (classByCode.get(code) ?? 'unlisted');
}

/**
 * The velocity rules: too many payments of one card or from one address in a time, so the batch
 * itself is the cause.
 */
const velocityRules = /^ERR30(0[89]|1[0-5])$/;
const riskRules = /^ERR30(0[1-9]|1[0-6])$/;

/** `undone`: refunded or cancelled. `error`: any other code of the ERR family. */
export type GatewayCodeClass = 'paid' | 'undone' | 'velocity' | 'risk' | 'error' | 'unlisted';

/** What `gateway_response.code` says, compared without regard to case. */
export function classifyGatewayCode(code: string): GatewayCodeClass {
  const upper = code.trim().toUpperCase();
  if (upper === 'INFO0000' || upper === 'INFO0001') return 'paid';
  if (upper === 'INFO0002' || upper === 'INFO0003') return 'undone';
  if (velocityRules.test(upper)) return 'velocity';
  if (riskRules.test(upper)) return 'risk';
  return upper.startsWith('ERR') ? 'error' : 'unlisted';
}
