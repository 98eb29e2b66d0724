/*
 * The generated parts of docs/gateway.md and docs/simulator.md: computed by the code itself, not
 * copied from it.
 */
import { definedOf } from '../../src/domain/defined.ts';
import { classifyExchange } from '../../src/gateway/classify-exchange.ts';
import { answerRules } from '../../src/gateway/payment-options/answer-rules.ts';
import {
  classifyResponseCode,
  type ResponseCodeClass,
} from '../../src/gateway/payment-options/response-codes.ts';
import { faultNames, faultOf } from '../../src/simulator/faults.ts';
import { codeOf, tableOf } from './markdown.ts';

/** The parts of docs/gateway.md by name. */
export function createGatewayParts(): Record<string, string> {
  return { statuses: statusesTable(), 'response-codes': responseCodesTable() };
}

/** The part of docs/simulator.md. */
export function createSimulatorParts(): Record<string, string> {
  return {
    faults: tableOf(
      ['code', 'fault', 'what happens', 'charged'],
      faultNames.map((name) => {
        const { code, text, isCharged } = faultOf(name);
        return [code, codeOf(name), text, isCharged ? 'yes' : 'no'];
      }),
    ),
  };
}

const firstStatus = 200;
const lastStatus = 599;

function statusesTable(): string {
  const statuses = Array.from({ length: lastStatus - firstStatus + 1 }, (_, index) => firstStatus + index);
  const byMeaning = new Map<string, number[]>();
  for (const status of statuses) {
    const meaning = meaningOf(status);
    byMeaning.set(meaning, [...(byMeaning.get(meaning) ?? []), status]);
  }
  const other = meaningOf(lastStatus);
  const rows = [...byMeaning].map(([meaning, list]) => [
    meaning === other ? 'any other' : spansOf(list),
    meaning,
  ]);
  rows.sort(([left = ''], [right = '']) => Number(left === 'any other') - Number(right === 'any other'));
  return tableOf(['HTTP status', 'what it means for the row'], rows);
}

function meaningOf(status: number): string {
  if (status === 200 || status === 201) return 'the body is read';
  const plain = verdictText(status, undefined);
  const asked = verdictText(status, 1_000);
  return plain === asked ? plain : `with \`Retry-After\`: ${asked}; without it: ${plain}`;
}

function verdictText(status: number, retryAfterMs: number | undefined): string {
  const verdict = classifyExchange({ kind: 'answered', status, ...definedOf({ retryAfterMs }) }, answerRules);
  switch (verdict.kind) {
    case 'not_processed':
      return 'certainly not processed: sent again later';
    case 'set_up_wrong':
      return 'certainly not processed: the batch holds, the row is sent after `resume`';
    case 'final':
      return `${codeOf(verdict.outcome)}, ${codeOf(verdict.errorCode ?? '')}`;
  }
}

/** Wide enough for every code of the gateway's table; a rule recognises the risk rules' codes. */
const lowestCode = -100;
const highestCode = 9_999;

function responseCodesTable(): string {
  const byClass = new Map<ResponseCodeClass, number[]>();
  for (let code = lowestCode; code <= highestCode; code += 1) {
    const name = classifyResponseCode(code);
    if (name !== 'unlisted') byClass.set(name, [...(byClass.get(name) ?? []), code]);
  }
  const rows = classOrder.map((name) => {
    const codes = spansOf(byClass.get(name) ?? []);
    return [
      name === 'risk' ? `${codes}, -8000 and below` : name === 'unlisted' ? 'any other' : codes,
      outcomeOf(name),
    ];
  });
  return tableOf(['`response_code`', 'outcome and code of a row that is refused with it'], rows);
}

const classOrder: readonly ResponseCodeClass[] = [
  'approved',
  'approved_oddly',
  'hard',
  'not_permitted',
  'cardholder_action',
  'soft',
  'system',
  'risk',
  'set_up',
  'unclear',
  'duplicate',
  'unlisted',
];

function outcomeOf(name: ResponseCodeClass): string {
  const code = firstCodeOf(name);
  const verdict = classifyExchange(
    { kind: 'answered', status: 200, answer: { success: false, responseCode: code } },
    answerRules,
  );
  return verdict.kind === 'final'
    ? `${codeOf(verdict.outcome)}, ${codeOf(verdict.errorCode ?? '')}`
    : verdict.kind;
}

function firstCodeOf(wanted: ResponseCodeClass): number {
  for (let code = lowestCode; code <= highestCode; code += 1) {
    if (classifyResponseCode(code) === wanted) return code;
  }
  throw new Error(`No response code has the class ${wanted}`);
}

/** `1, 3-5`: ascending numbers, with runs of three and more as a span. */
function spansOf(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs
    .map(([low, high]) => (low === high ? `${low}` : high === low + 1 ? `${low}, ${high}` : `${low}-${high}`))
    .join(', ');
}
