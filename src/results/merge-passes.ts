/*
 * What became of a row over all passes, with what people found out about its sends. Pure.
 *
 * A later pass sends a row only where the earlier ones certainly did not charge it, so as a rule the last pass decides. The
 * rules below hold where that was not so after all, because an end came late or a person was wrong: a token outranks
 * everything, then a charge, then a doubt; and no charge is ever left out.
 */
import { definedOf } from '../domain/defined.ts';
import type { SettledVerdict, VerdictsByRef } from '../storage/resolutions.ts';
import type { OutcomeLine } from './outcome-line.ts';

/** A row's line in one pass. */
export interface PassLine {
  readonly pass: number;
  readonly line: OutcomeLine;
}

/** A row's lines in the passes that have one, the first pass first. */
export type RowPast = readonly [PassLine, ...PassLine[]];

export interface MergedRow {
  /** What the results say of the row; `sends` over all passes. */
  readonly line: OutcomeLine;
  /** Every payment that was made for the row, as far as is known: none or one, unless something contradicts. */
  readonly charges: readonly OutcomeLine[];
  /** True where a person must look: the row was charged twice, or a verdict and the gateway's late answer disagree. */
  readonly isContradicted: boolean;
}

/** How the message of a row begins that a person has settled. */
export const settledByHand = 'settled by hand';

interface Settled {
  readonly line: OutcomeLine;
  readonly contradiction?: string;
}

/** Merges a row's lines, one for each pass that has one, the first pass first. */
export function mergeRow(past: RowPast, verdicts: VerdictsByRef): MergedRow {
  const settled = past.map(({ line }) =>
    settleLine(line, line.merchantTxnRef === undefined ? undefined : verdicts.get(line.merchantTxnRef)),
  );
  const lastWith = (outcome: OutcomeLine['outcome']): Settled | undefined =>
    settled.findLast(({ line }) => line.outcome === outcome);
  const decisive =
    lastWith('tokenized') ?? lastWith('charged_without_token') ?? lastWith('unknown') ?? settled.at(-1);
  if (decisive === undefined) throw new Error('A row without lines cannot be merged');

  const others = settled.filter((other) => other !== decisive);
  const charges = settled.filter(({ line }) => line.isCharged === true).map(({ line }) => line);
  const contradictions = [
    ...settled.flatMap(({ contradiction }) => (contradiction === undefined ? [] : [contradiction])),
    ...(decisive.line.isCharged === true ? others.flatMap(({ line }) => describeOther(line)) : []),
  ];
  const remarks = [...(decisive.line.remark === undefined ? [] : [decisive.line.remark]), ...contradictions];
  return {
    line: {
      ...decisive.line,
      sends: past.reduce((sum, { line }) => sum + line.sends, 0),
      ...(remarks.length === 0 ? {} : { remark: remarks.join('. ') }),
    },
    charges,
    isContradicted: contradictions.length > 0,
  };
}

function describeOther({
  isCharged,
  outcome,
  merchantTxnRef,
  transactionId,
  storedPaymentMethodId,
}: OutcomeLine): string[] {
  if (isCharged === true) {
    const ids = [
      `merchant_txn_ref ${merchantTxnRef}`,
      ...(transactionId === undefined ? [] : [`transaction ${transactionId}`]),
      ...(storedPaymentMethodId === undefined ? [] : [`token ${storedPaymentMethodId}`]),
    ];
    return [`CHARGED MORE THAN ONCE: refund the other payment (${ids.join(', ')})`];
  }
  return outcome === 'unknown'
    ? [`An other request for the row may have been charged too: look up merchant_txn_ref ${merchantTxnRef}`]
    : [];
}

/** The line of one send with a person's verdict on it. What the gateway answered itself, late, outranks the person. */
function settleLine(line: OutcomeLine, verdict: SettledVerdict | undefined): Settled {
  if (verdict === undefined) return { line };
  const by = `by ${verdict.who} on ${verdict.at.slice(0, 10)}`;
  switch (line.outcome) {
    case 'unknown':
      return { line: lineOfVerdict(line, verdict, by) };
    case 'charged_without_token':
      if (verdict.verdict === 'tokenized') return { line: lineOfVerdict(line, verdict, by) };
      return verdict.verdict === 'not_charged'
        ? {
            line,
            contradiction: `CONTRADICTION: settled as not_charged ${by}, and the gateway's late answer says that it was charged`,
          }
        : { line };
    case 'tokenized':
      if (verdict.verdict === 'not_charged') {
        return {
          line,
          contradiction: `CONTRADICTION: settled as not_charged ${by}, and the gateway's late answer brought the token`,
        };
      }
      return verdict.verdict === 'tokenized' && verdict.storedPaymentMethodId !== line.storedPaymentMethodId
        ? {
            line,
            contradiction: `CONTRADICTION: settled with the token ${verdict.storedPaymentMethodId} ${by}, and the gateway's late answer brought this one`,
          }
        : { line };
    default:
      // A refusal, or nothing was sent. A token that a person found is kept all the same.
      return verdict.verdict === 'not_charged'
        ? { line }
        : {
            line: lineOfVerdict(line, verdict, by),
            contradiction: `CONTRADICTION: the gateway's late answer says that the row was not charged (${line.errorCode})`,
          };
  }
}

function lineOfVerdict(line: OutcomeLine, verdict: SettledVerdict, by: string): OutcomeLine {
  const { errorCode: _, message: __, isCharged: ___, ...rest } = line;
  switch (verdict.verdict) {
    case 'tokenized':
      return {
        ...rest,
        ...idsOf(verdict),
        outcome: 'tokenized',
        isCharged: true,
        remark: `Settled by hand ${by}`,
      };
    case 'charged_without_token':
      return {
        ...rest,
        ...idsOf(verdict),
        outcome: 'charged_without_token',
        errorCode: 'charged_no_token',
        isCharged: true,
        message: `${settledByHand} ${by}`,
      };
    case 'not_charged':
      return {
        ...rest,
        outcome: 'failed',
        errorCode: 'resolved_not_charged',
        message: `${settledByHand} ${by}`,
      };
  }
}

function idsOf({
  storedPaymentMethodId,
  transactionId,
}: SettledVerdict): Pick<OutcomeLine, 'storedPaymentMethodId' | 'transactionId'> {
  return {
    ...definedOf({ storedPaymentMethodId, transactionId }),
  };
}
