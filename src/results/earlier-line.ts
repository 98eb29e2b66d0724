/* One line of the results.csv of an earlier batch. */
import { z } from 'zod';
import { rowOutcomes } from '../contract/outcome.ts';
import { findIdFault } from '../domain/gateway-id.ts';
import type { EarlierToken } from '../domain/skip-decision.ts';
import { resultColumns } from './result-files.ts';

const lineSchema = z.object({
  row: z.string(),
  merchant_ref: z.string(),
  outcome: z.enum(rowOutcomes),
  stored_payment_method_id: z.string(),
  transaction_id: z.string(),
  card: z.string().regex(/^(?:\d{6})?\*{6}\d{4}$|^$/),
});
export type EarlierLine = z.infer<typeof lineSchema>;

/**
 * Parses the line of row `row`. Returns the line, or a description of the error that quotes no
 * cell. `cells` must have one cell per column.
 */
export function parseEarlierLine(cells: readonly string[], row: number): EarlierLine | string {
  const parsed = lineSchema.safeParse(
    Object.fromEntries(resultColumns.map((column, index) => [column, cells[index]])),
  );
  if (!parsed.success) return `${String(parsed.error.issues[0]?.path[0])} cannot be read`;
  if (parsed.data.row !== String(row)) return `row ${row} is missing, or the file was sorted`;
  return findLineFault(parsed.data) ?? parsed.data;
}

/** True if the reference has a token. */
export const hasToken = ({ outcome }: EarlierLine): boolean =>
  outcome === 'tokenized' || outcome === 'skipped';

/** True if the reference has a token, or its card was or may have been charged. */
export const hasTokenOrCharge = (line: EarlierLine): boolean =>
  hasToken(line) || line.outcome === 'unknown' || line.outcome === 'charged_without_token';

/** The token of a line; call only if `hasToken`. */
export function tokenOf({ stored_payment_method_id, transaction_id, card }: EarlierLine): EarlierToken {
  return {
    storedPaymentMethodId: stored_payment_method_id,
    ...(transaction_id === '' ? {} : { transactionId: transaction_id }),
    card,
  };
}

function findLineFault(line: EarlierLine): string | undefined {
  const { stored_payment_method_id: token, transaction_id: transaction } = line;
  if (hasTokenOrCharge(line) && line.merchant_ref === '') return 'merchant_ref is empty';
  if (hasToken(line) && token === '') return `a ${line.outcome} row has no stored_payment_method_id`;
  if (hasToken(line) && line.card === '') return `a ${line.outcome} row has no card`;
  // A contradictory answer may include a token, which the row keeps for the person who resolves it.
  if (!hasTokenOrCharge(line) && token !== '')
    return `a row that is ${line.outcome} has a stored_payment_method_id`;
  for (const [name, id] of [
    ['stored_payment_method_id', token],
    ['transaction_id', transaction],
  ] as const) {
    const fault = id === '' ? undefined : findIdFault(id);
    if (fault !== undefined) return `${name} ${fault}`;
  }
  return undefined;
}
