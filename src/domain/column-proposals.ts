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
    for (const prefix of ['', 'billing', 'billingaddress', 'bill', 'billto', '請求先']) {
      proposals.set(prefix + normalizeColumnName(name), `billing_${field}` as CanonicalColumn);
    }
    for (const prefix of ['shipping', 'shippingaddress', 'ship', 'shipto', 'delivery', '配送先']) {
      proposals.set(prefix + normalizeColumnName(name), `shipping_${field}` as CanonicalColumn);
    }
  }
}

/**
 * Words that exports put before a name: the object that holds the field, or where it comes from.
 * `bill` and `ship` are no prefixes, since they say which address is meant, and neither is
 * `account`: its number is another one.
 */
const prefixes: ReadonlySet<string> = new Set([
  ...['card', 'cards', 'credit', 'creditcard', 'cc', 'payment', 'method', 'paymentmethod', 'instrument'],
  ...['customer', 'cust', 'details', 'data', 'fields', 'info', 'source', 'src', 'purchase', 'totals'],
  ...['old', 'new', 'raw', 'orig', 'original', 'legacy', 'current', 'tmp', 'export', 'import', 'stored'],
]);

/** The words of `card_expirationMonth` or `billTo.firstName`, in small letters. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * The column that a name usually means in merchants' files, also behind a prefix such as `card.`;
 * or undefined.
 */
export function knownColumnOf(name: string): CanonicalColumn | undefined {
  const whole = proposals.get(normalizeColumnName(name));
  if (whole !== undefined) return whole;
  const words = wordsOf(name);
  for (let start = 1; start < words.length && prefixes.has(words[start - 1] ?? ''); start += 1) {
    const found = proposals.get(words.slice(start).join(''));
    if (found !== undefined) return found;
  }
  return undefined;
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
