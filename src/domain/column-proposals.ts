import { otherFieldNames, otherNames } from './column-names.ts';
import { type CanonicalColumn, canonicalColumns, normalizeColumnName } from './columns.ts';
import { editDistance } from './edit-distance.ts';

const proposals = new Map<string, CanonicalColumn>();
for (const column of canonicalColumns) proposals.set(normalizeColumnName(column), column);
for (const [column, names] of Object.entries(otherNames)) {
  for (const name of names) proposals.set(normalizeColumnName(name), column as CanonicalColumn);
}
for (const [field, names] of Object.entries(otherFieldNames)) {
  for (const name of names) {
    for (const prefix of ['', 'billing', 'bill', '請求先']) {
      proposals.set(prefix + normalizeColumnName(name), `billing_${field}` as CanonicalColumn);
    }
    for (const prefix of ['shipping', 'ship', 'delivery', '配送先']) {
      proposals.set(prefix + normalizeColumnName(name), `shipping_${field}` as CanonicalColumn);
    }
  }
}

/** The column that a name usually means in merchants' files, or undefined. */
export function knownColumnOf(name: string): CanonicalColumn | undefined {
  return proposals.get(normalizeColumnName(name));
}

/** The column that a name probably means: a known name, or one with at most two wrong letters. */
export function proposeColumn(name: string): CanonicalColumn | undefined {
  const known = knownColumnOf(name);
  if (known !== undefined) return known;
  const normalized = normalizeColumnName(name);
  // In shorter names, two letters make another word.
  if (normalized.length < 6) return undefined;
  const distances = canonicalColumns.map((column) => ({
    column,
    edits: editDistance(normalized, normalizeColumnName(column)),
  }));
  return distances.sort((left, right) => left.edits - right.edits).find(({ edits }) => edits <= 2)?.column;
}
