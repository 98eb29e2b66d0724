/*
 * Detects one token for two different cards: the gateway mixed up answers, or its vault is wrong.
 * Rows are compared in order during publication, by a digest of the token. The card of an earlier
 * row is read again only if its token repeats.
 */
import { createHash } from 'node:crypto';
import { createDigestTable } from '../domain/digest-table.ts';
import type { Fingerprint } from '../domain/fingerprint.ts';
import type { OutcomeLine } from './outcome-line.ts';

/** Shared tokens as the manifest reports them. */
export interface SharedTokens {
  /** Number of rows whose token also belongs to another row with another card. */
  readonly rows: number;
  /** The rows of each such token, ascending; limited to the first tokens and rows. */
  readonly groups: readonly (readonly number[])[];
}

const maxGroups = 100;
const maxRowsPerGroup = 100;

/**
 * Finds tokens returned for different cards. `readCard` returns the masked card of an earlier row.
 */
export function createSharedTokenFinder(readCard: (row: number) => Promise<string | undefined>) {
  const tokens = createDigestTable();
  /** Keyed by the first row that has the token. */
  const groups = new Map<number, { rows: number; shown: number[] }>();
  return {
    /** Adds the next row. */
    async add({ row, storedPaymentMethodId, card }: OutcomeLine): Promise<void> {
      if (storedPaymentMethodId === undefined) return;
      const first = tokens.add(digestOf(storedPaymentMethodId), row);
      if (first === undefined || (await readCard(first)) === card) return;
      const group = groups.get(first) ?? { rows: 1, shown: [first] };
      groups.set(first, group);
      group.rows += 1;
      if (group.shown.length < maxRowsPerGroup) group.shown.push(row);
    },
    result(): SharedTokens {
      const all = [...groups.values()];
      return {
        rows: all.reduce((sum, { rows }) => sum + rows, 0),
        groups: all.slice(0, maxGroups).map(({ shown }) => shown),
      };
    },
  };
}

function digestOf(token: string): Fingerprint {
  const digest = createHash('sha256').update(token).digest();
  return { high: digest.readUInt32BE(0), middle: digest.readUInt32BE(4), low: digest.readUInt32BE(8) };
}
