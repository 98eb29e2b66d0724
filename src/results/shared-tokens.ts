/*
 * One token for two different cards: the gateway mixed up answers, or its store is wrong. Rows are compared as they are
 * published, in order, by a digest of the token; the card of an earlier row is read again only if its token comes twice.
 */
import { createHash } from 'node:crypto';
import { createDigestTable } from '../domain/digest-table.ts';
import type { Fingerprint } from '../domain/fingerprint.ts';
import type { OutcomeLine } from './outcome-line.ts';

/** What the manifest says of shared tokens. */
export interface SharedTokens {
  /** Rows whose token another row of another card has, too. */
  readonly rows: number;
  /** The rows of each such token, ascending; the first tokens and rows only. */
  readonly groups: readonly (readonly number[])[];
}

const mostGroups = 100;
const mostRowsOfGroup = 100;

/** Finds tokens that came back for different cards. `readCard` gives the masked card of an earlier row. */
export function createSharedTokenFinder(readCard: (row: number) => Promise<string | undefined>) {
  const tokens = createDigestTable();
  /** By the first row that has the token. */
  const groups = new Map<number, { rows: number; shown: number[] }>();
  return {
    /** Looks at the next row. */
    async add({ row, storedPaymentMethodId, card }: OutcomeLine): Promise<void> {
      if (storedPaymentMethodId === undefined) return;
      const first = tokens.add(digestOf(storedPaymentMethodId), row);
      if (first === undefined || (await readCard(first)) === card) return;
      const group = groups.get(first) ?? { rows: 1, shown: [first] };
      groups.set(first, group);
      group.rows += 1;
      if (group.shown.length < mostRowsOfGroup) group.shown.push(row);
    },
    result(): SharedTokens {
      const all = [...groups.values()];
      return {
        rows: all.reduce((sum, { rows }) => sum + rows, 0),
        groups: all.slice(0, mostGroups).map(({ shown }) => shown),
      };
    },
  };
}

function digestOf(token: string): Fingerprint {
  const digest = createHash('sha256').update(token).digest();
  return { high: digest.readUInt32BE(0), middle: digest.readUInt32BE(4), low: digest.readUInt32BE(8) };
}
