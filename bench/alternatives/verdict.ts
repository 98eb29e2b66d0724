/*
 * Judges what a run did to the merchant's money and tokens, from the gateway's ledger and the run's
 * result file alone. It does not know which contender wrote the result file.
 */
import type { Charge } from '../../src/simulator/ledger.ts';

/** A line of a result file. */
export interface ResultRow {
  readonly ref: string;
  readonly outcome: string;
  /** Empty if there is none. */
  readonly token: string;
}

export interface Verdict {
  readonly rowsChargedTwice: number;
  /**
   * Payments whose complete answer with the token was sent, but whose token is in no result.
   * `unknown` rows do not count.
   */
  readonly tokensLost: number;
  /**
   * Payments that the results do not report: the token is missing, and the row is not `unknown`.
   */
  readonly unreportedCharges: number;
  readonly rowsWithoutResult: number;
  /** Rows that the results leave to a person. */
  readonly rowsForPerson: number;
  readonly rowsTokenized: number;
}

export interface Books {
  /** Every input row's reference, by the ledger's fingerprint of its card. */
  readonly refByFingerprint: ReadonlyMap<string, string>;
  readonly charges: readonly Pick<Charge, 'cardFingerprint' | 'storedPaymentMethodId' | 'answered'>[];
  readonly results: readonly ResultRow[];
}

/**
 * Compares ledger and results. Throws if a charge belongs to no row: then they are not from the
 * same run.
 */
export function judgeRun({ refByFingerprint, charges, results }: Books): Verdict {
  const tokens = new Set(results.map(({ token }) => token).filter((token) => token !== ''));
  const outcomes = new Map<string, Set<string>>();
  for (const { ref, outcome } of results) {
    if (outcome !== '') outcomes.set(ref, (outcomes.get(ref) ?? new Set()).add(outcome));
  }
  const chargesByRef = new Map<string, number>();
  let tokensLost = 0;
  let unreportedCharges = 0;
  for (const charge of charges) {
    const ref = refByFingerprint.get(charge.cardFingerprint);
    if (ref === undefined) throw new Error('A charge in the ledger belongs to no row of the input');
    chargesByRef.set(ref, (chargesByRef.get(ref) ?? 0) + 1);
    const token = charge.storedPaymentMethodId;
    if (token !== null && tokens.has(token)) continue;
    if (outcomes.get(ref)?.has('unknown') === true) continue;
    unreportedCharges += 1;
    if (charge.answered && token !== null) tokensLost += 1;
  }
  const refs = [...refByFingerprint.values()];
  const count = (outcome: string): number => refs.filter((ref) => outcomes.get(ref)?.has(outcome)).length;
  return {
    rowsChargedTwice: [...chargesByRef.values()].filter((times) => times > 1).length,
    tokensLost,
    unreportedCharges,
    rowsWithoutResult: refs.filter((ref) => !outcomes.has(ref)).length,
    rowsForPerson: count('unknown'),
    rowsTokenized: count('tokenized'),
  };
}
