import { type CanonicalColumn, canonicalColumns, foldColumnName } from './columns.ts';
import type { Address } from './staged-row.ts';

/*
 * Names that merchants' exports use. They only feed the "did you mean" of an error text: a column is never taken for
 * another by likeness, since a wrong guess would send wrong data to the gateway.
 */
const otherNames: Partial<Record<CanonicalColumn, readonly string[]>> = {
  merchant_ref: [
    'merchantreference',
    'reference',
    'ref',
    'customerid',
    'customerref',
    'customer',
    'userid',
    'memberid',
    'id',
    '顧客番号',
    '顧客id',
    '会員番号',
    '会員id',
  ],
  card_number: [
    'cardno',
    'number',
    'pan',
    'ccnumber',
    'ccno',
    'creditcard',
    'creditcardnumber',
    'cardnum',
    'カード番号',
    'クレジットカード番号',
  ],
  expiry_month: [
    'expmonth',
    'cardexpmonth',
    'expirymm',
    'expirationmonth',
    'cardexpirymonth',
    '有効期限月',
    '有効期限(月)',
  ],
  expiry_year: [
    'expyear',
    'cardexpyear',
    'expiryyy',
    'expiryyyyy',
    'expirationyear',
    'cardexpiryyear',
    '有効期限年',
    '有効期限(年)',
  ],
  expiry: [
    'exp',
    'expdate',
    'expirydate',
    'expiration',
    'expirationdate',
    'cardexpiry',
    'validthru',
    '有効期限',
  ],
  cardholder_name: [
    'name',
    'cardholder',
    'cardname',
    'holder',
    'holdername',
    'nameoncard',
    'カード名義',
    '名義',
    '名義人',
    'カード名義人',
  ],
  amount: ['price', 'value', 'total', '金額'],
  currency: ['currencycode', 'ccy', '通貨'],
  customer_ip: ['ip', 'ipaddress', 'clientip', 'ipアドレス'],
  time_zone: ['tz', 'タイムゾーン'],
};

const otherFieldNames: Record<keyof Address, readonly string[]> = {
  country: ['country', 'countrycode', '国', '国コード'],
  email: ['email', 'mail', 'emailaddress', 'メール', 'メールアドレス'],
  phone_number: ['phonenumber', 'phone', 'tel', 'telephone', 'mobile', '電話', '電話番号'],
  address1: ['address1', 'address', 'addressline1', 'street', 'line1', '住所', '住所1'],
  city: ['city', 'town', '市区町村', '市'],
  state: ['state', 'province', 'prefecture', 'region', '都道府県'],
  postal_code: ['postalcode', 'zip', 'zipcode', 'postcode', '郵便番号'],
};

const proposals = new Map<string, CanonicalColumn>();
for (const column of canonicalColumns) proposals.set(foldColumnName(column), column);
for (const [column, names] of Object.entries(otherNames)) {
  for (const name of names) proposals.set(foldColumnName(name), column as CanonicalColumn);
}
for (const [field, names] of Object.entries(otherFieldNames)) {
  for (const name of names) {
    for (const prefix of ['', 'billing', 'bill', '請求先']) {
      proposals.set(prefix + foldColumnName(name), `billing_${field}` as CanonicalColumn);
    }
    for (const prefix of ['shipping', 'ship', 'delivery', '配送先']) {
      proposals.set(prefix + foldColumnName(name), `shipping_${field}` as CanonicalColumn);
    }
  }
}

/** The column that a name is known to mean in merchants' files, or undefined. */
export function knownColumnOf(name: string): CanonicalColumn | undefined {
  return proposals.get(foldColumnName(name));
}

/** The column that the name may have been meant for: known names first, then a slip of at most two letters. */
export function proposeColumn(name: string): CanonicalColumn | undefined {
  const known = knownColumnOf(name);
  if (known !== undefined) return known;
  const folded = foldColumnName(name);
  // In shorter names two letters make another word.
  if (folded.length < 6) return undefined;
  const distances = canonicalColumns.map((column) => ({
    column,
    edits: editDistance(folded, foldColumnName(column)),
  }));
  return distances.sort((left, right) => left.edits - right.edits).find(({ edits }) => edits <= 2)?.column;
}

function editDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? Number.POSITIVE_INFINITY;
}
