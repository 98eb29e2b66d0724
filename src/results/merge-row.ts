/*
 * Merges a row's outcomes over all passes with people's resolutions. Pure.
 *
 * A later pass sends a row only if the earlier passes certainly did not charge it, so normally the
 * last pass decides. If that assumption turns out wrong (a late result, or a wrong resolution), a
 * token outranks everything, then a charge, then an unknown outcome. No charge is ever dropped.
 */
import { definedOf } from '../domain/defined.ts';
import type { RecordedResolution, ResolutionsByRef } from '../storage/resolutions.ts';
import type { OutcomeLine } from './outcome-line.ts';

/** A row's line in one pass. */
export interface PassLine {
  readonly pass: number;
  readonly line: OutcomeLine;
}

/** A row's lines in the passes that have one, first pass first. */
export type RowLines = readonly [PassLine, ...PassLine[]];

export interface MergedRow {
  /** The row's line in the results. `sends` counts all passes. */
  readonly line: OutcomeLine;
  /** All known payments of the row: none or one, unless there is a contradiction. */
  readonly charges: readonly OutcomeLine[];
  /**
   * True if a person must examine the row: it was charged twice, or a resolution contradicts a late
   * answer of the gateway.
   */
  readonly isContradicted: boolean;
}

/** Start of the message of a row that a person resolved. */
export const settledByHand = 'settled by hand';

interface Settled {
  readonly line: OutcomeLine;
  readonly contradiction?: string;
}

/** Merges a row's lines, one per pass that has one, first pass first. */
export function mergeRow(lines: RowLines, resolutions: ResolutionsByRef): MergedRow {
  const settled = lines.map(({ line }) =>
    resolveLine(line, line.merchantTxnRef === undefined ? undefined : resolutions.get(line.merchantTxnRef)),
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
      // A row of a later pass may come from a source that has none.
      ...definedOf({ passed: decisive.line.passed ?? lines[0].line.passed }),
      sends: lines.reduce((sum, { line }) => sum + line.sends, 0),
      ...(remarks.length === 0 ? {} : { remark: remarks.join('. ') }),
    },
    charges,
    isContradicted: contradictions.length > 0,
  };
}

/** What another send of the row means for a row that was charged, in a sentence; empty: nothing. */
export function describeOther({
  isCharged,
  outcome,
  merchantTxnRef,
  transactionId,
  storedPaymentMethodId,
}: Pick<
  OutcomeLine,
  'isCharged' | 'outcome' | 'merchantTxnRef' | 'transactionId' | 'storedPaymentMethodId'
>): string[] {
  if (isCharged === true) {
    const ids = [
      `merchant_txn_ref ${merchantTxnRef}`,
      ...(transactionId === undefined ? [] : [`transaction ${transactionId}`]),
      ...(storedPaymentMethodId === undefined ? [] : [`token ${storedPaymentMethodId}`]),
    ];
    return [`CHARGED MORE THAN ONCE: refund the other payment (${ids.join(', ')})`];
  }
  return outcome === 'unknown'
    ? [`Another request for the row may have been charged too: look up merchant_txn_ref ${merchantTxnRef}`]
    : [];
}

/**
 * The line of one send, with a person's resolution applied. A late answer of the gateway outranks
 * the person.
 */
function resolveLine(line: OutcomeLine, resolution: RecordedResolution | undefined): Settled {
  if (resolution === undefined) return { line };
  const by = `by ${resolution.who} on ${resolution.at.slice(0, 10)}`;
  switch (line.outcome) {
    case 'unknown':
      return { line: resolvedLine(line, resolution, by) };
    case 'charged_without_token':
      if (resolution.resolution === 'tokenized') return { line: resolvedLine(line, resolution, by) };
      return resolution.resolution === 'not_charged'
        ? {
            line,
            contradiction: `CONTRADICTION: settled as not_charged ${by}, and the gateway's late answer says that it was charged`,
          }
        : { line };
    case 'tokenized':
      if (resolution.resolution === 'not_charged') {
        return {
          line,
          contradiction: `CONTRADICTION: settled as not_charged ${by}, and the gateway's late answer brought the token`,
        };
      }
      return resolution.resolution === 'tokenized' &&
        resolution.storedPaymentMethodId !== line.storedPaymentMethodId
        ? {
            line,
            contradiction: `CONTRADICTION: settled with the token ${resolution.storedPaymentMethodId} ${by}, and the gateway's late answer brought this one`,
          }
        : { line };
    default:
      // A refusal, or nothing was sent. A token that a person found is kept nevertheless.
      return resolution.resolution === 'not_charged'
        ? { line }
        : {
            line: resolvedLine(line, resolution, by),
            contradiction: `CONTRADICTION: the gateway's late answer says that the row was not charged (${line.errorCode})`,
          };
  }
}

function resolvedLine(line: OutcomeLine, resolution: RecordedResolution, by: string): OutcomeLine {
  const { errorCode: _, message: __, isCharged: ___, ...rest } = line;
  switch (resolution.resolution) {
    case 'tokenized':
      return {
        ...rest,
        ...idsOf(resolution),
        outcome: 'tokenized',
        isCharged: true,
        remark: `Settled by hand ${by}`,
      };
    case 'charged_without_token':
      return {
        ...rest,
        ...idsOf(resolution),
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
}: RecordedResolution): Pick<OutcomeLine, 'storedPaymentMethodId' | 'transactionId'> {
  return {
    ...definedOf({ storedPaymentMethodId, transactionId }),
  };
}
