/* The sentences of merchant-sentences.ts, by code. */
import type { RowErrorCode } from './error-codes.ts';

export const sentenceLanguages = ['en', 'ja'] as const;
export type SentenceLanguage = (typeof sentenceLanguages)[number];

export type MerchantSentence = Readonly<Record<SentenceLanguage, string>>;

/** A placeholder for the gateway's limit. */
export const limitPlaceholder = '{limit}';

const tooLong = (
  field: string,
  japaneseField: string,
  characters: string = limitPlaceholder,
): MerchantSentence => ({
  en: `The ${field} is longer than ${characters} characters. Please shorten it yourself; we never cut anything off.`,
  ja: `${japaneseField}が${characters}文字を超えています。当方では短縮しませんので、${characters}文字以内に修正してください。`,
});

/** By code. Contains every code of a rejected row. */
export const merchantSentences: Readonly<Partial<Record<RowErrorCode, MerchantSentence>>> = {
  card_changed: {
    en: 'This reference was already migrated with another card. Please tell us whether the new card should be stored too.',
    ja: 'この参照番号（merchant_ref）は、別のカードですでに移行済みです。新しいカードも登録するかどうかお知らせください。',
  },
  row_column_count: {
    en: 'The line has a different number of columns than the header line. Please check for a missing or extra separator.',
    ja: '列の数が見出し行と異なります。区切り文字の不足または余分がないかご確認ください。',
  },
  row_empty: {
    en: 'The line is empty. Please fill it in or remove it.',
    ja: '行が空です。値を入力するか、行を削除してください。',
  },
  merchant_ref_missing: {
    en: 'The reference is missing. Please give every card its own reference.',
    ja: '参照番号（merchant_ref）がありません。カードごとに固有の番号を入力してください。',
  },
  merchant_ref_placeholder: {
    en: 'The reference is only a mark for a missing value, such as NULL. Please give every card its own reference.',
    ja: '参照番号（merchant_ref）が NULL など、値がないことを示す文字になっています。カードごとに固有の番号を入力してください。',
  },
  merchant_ref_excel_damage: {
    en: 'A spreadsheet changed the reference into a rounded number, and its last digits are lost. Please export it again from your system with the column as text.',
    ja: '表計算ソフトにより参照番号（merchant_ref）が丸められた数値に変換され、末尾の桁が失われています。列を文字列にして、元のシステムから出力し直してください。',
  },
  merchant_ref_too_long: tooLong('reference', '参照番号（merchant_ref）', '255'),
  merchant_ref_duplicate: {
    en: 'The reference is already used in an earlier line. Please give every line its own reference.',
    ja: '同じ参照番号（merchant_ref）が前の行で使われています。行ごとに固有の番号を入力してください。',
  },
  merchant_ref_control_character: {
    en: 'The reference has a line break or another invisible character. Please type it again.',
    ja: '参照番号（merchant_ref）に改行などの見えない文字が含まれています。入力し直してください。',
  },
  merchant_ref_card_number: {
    en: 'The reference looks like a card number. Please use another reference: it is not encrypted.',
    ja: '参照番号（merchant_ref）がカード番号と思われます。暗号化されない項目のため、別の番号を使用してください。',
  },
  card_number_missing: {
    en: 'The card number is missing.',
    ja: 'カード番号がありません。',
  },
  card_number_excel_damage: {
    en: 'A spreadsheet changed the card number, and its last digits are lost. Please export it again from your system with the column as text.',
    ja: '表計算ソフトによりカード番号が変換され、末尾の桁が失われています。列を文字列にして、元のシステムから出力し直してください。',
  },
  card_number_decimal: {
    en: 'The card number was exported as a decimal number, such as one that ends in .0. Please export the column as text.',
    ja: 'カード番号が小数（末尾が .0 など）として出力されています。列を文字列として出力し直してください。',
  },
  card_number_text_mark: {
    en: 'The card number has a mark that keeps it as text in a spreadsheet: an apostrophe, or ="…". Please export the digits only.',
    ja: 'カード番号に、表計算ソフトで文字列として扱うための記号（アポストロフィや ="…"）が付いています。数字だけを出力してください。',
  },
  card_number_odd_characters: {
    en: 'The card number has full-width digits, unusual spaces or invisible characters. Please use half-width digits only.',
    ja: 'カード番号に全角数字、特殊な空白、または見えない文字が含まれています。半角数字だけで入力してください。',
  },
  card_number_not_digits: {
    en: 'The card number has characters other than half-width digits, single spaces and hyphens.',
    ja: 'カード番号に半角数字、半角スペース、ハイフン以外の文字が含まれています。',
  },
  card_number_leading_zero: {
    en: 'The card number begins with 0, and no card does. Please export the numbers without leading zeros.',
    ja: 'カード番号が0で始まっていますが、0で始まるカードは存在しません。先頭にゼロを付けずに出力してください。',
  },
  card_number_too_short: {
    en: 'The card number has too few digits.',
    ja: 'カード番号の桁数が足りません。',
  },
  card_number_too_long: {
    en: `The card number has more than ${limitPlaceholder} digits, which cannot be processed.`,
    ja: `カード番号が${limitPlaceholder}桁を超えているため、処理できません。`,
  },
  card_number_length: {
    en: 'The card number has the wrong number of digits for its card brand.',
    ja: 'カード番号の桁数が、そのカードブランドの桁数と一致しません。',
  },
  card_number_checksum: {
    en: 'A digit of the card number is wrong: the check digit does not match.',
    ja: 'カード番号に誤りがあります（チェックデジットが一致しません）。',
  },
  card_number_test_card: {
    en: 'The card number is a test card.',
    ja: 'テスト用のカード番号です。',
  },
  expiry_missing: {
    en: 'The expiry date is missing.',
    ja: '有効期限がありません。',
  },
  expiry_format: {
    en: 'The expiry date is not in the format MM/YY, MM/YYYY, MMYY, MMYYYY or YYYY-MM. A spreadsheet may have dropped its leading zero.',
    ja: '有効期限の形式が正しくありません。MM/YY、MM/YYYY、MMYY、MMYYYY、YYYY-MM のいずれかで入力してください。表計算ソフトで先頭のゼロが消えることがあります。',
  },
  expiry_decimal: {
    en: 'The expiry date was exported as a decimal number, such as 8.0 or 2029.0. Please export the column as text or as a whole number.',
    ja: '有効期限が小数（8.0 や 2029.0 など）として出力されています。文字列または整数として出力し直してください。',
  },
  expiry_month_range: {
    en: 'The expiry month is not between 01 and 12.',
    ja: '有効期限の月が01から12の範囲にありません。',
  },
  expiry_year_range: {
    en: 'The expiry year is more than 20 years away.',
    ja: '有効期限の年が20年以上離れています。',
  },
  card_expired: {
    en: 'The card has expired. Please ask the cardholder for the new expiry date.',
    ja: 'カードの有効期限が切れています。カード会員に新しい有効期限をご確認ください。',
  },
  cardholder_name_too_long: tooLong("cardholder's name", 'カード名義'),
  amount_missing: {
    en: 'The amount is missing.',
    ja: '金額がありません。',
  },
  amount_format: {
    en: 'The amount is not a positive number such as 1000 or 10.50. Please use no thousands separators and no currency sign.',
    ja: '金額が 1000 や 10.50 のような正の数ではありません。桁区切りや通貨記号は使用しないでください。',
  },
  amount_decimals: {
    en: 'The amount has more decimals than its currency: yen have none, dollars and euros have two. Please write it without thousands separators, such as 1000 or 10.50.',
    ja: '金額の小数点以下の桁数が通貨と合いません（円は小数なし、ドルやユーロは2桁まで）。桁区切りを使わず、1000 や 10.50 のように入力してください。',
  },
  currency_missing: {
    en: 'The currency is missing.',
    ja: '通貨がありません。',
  },
  currency_format: {
    en: 'The currency is not three capital letters such as JPY.',
    ja: '通貨が JPY のような半角大文字3文字ではありません。',
  },
  currency_unknown: {
    en: 'The currency does not exist in ISO 4217. Please use its three-letter code, such as JPY.',
    ja: '通貨コードが ISO 4217 にありません。JPY のような3文字のコードを入力してください。',
  },
  customer_ip_format: {
    en: "The customer's IP address is not an IPv4 or IPv6 address.",
    ja: 'お客様のIPアドレスが IPv4 または IPv6 の形式ではありません。',
  },
  time_zone_too_long: tooLong('time zone', 'タイムゾーン'),
  country_format: {
    en: 'A country is not two capital letters such as JP.',
    ja: '国が JP のような半角大文字2文字ではありません。',
  },
  country_unknown: {
    en: 'A country code does not exist in ISO 3166-1. Please use the two-letter code, such as JP; the United Kingdom is GB.',
    ja: '国コードが ISO 3166-1 にありません。JP のような2文字のコードを入力してください（イギリスは GB です）。',
  },
  email_too_long: tooLong('e-mail address', 'メールアドレス'),
  phone_number_too_long: tooLong('phone number', '電話番号'),
  address1_too_long: tooLong('street address', '住所'),
  city_too_long: tooLong('city', '市区町村'),
  state_too_long: tooLong('state or prefecture', '都道府県'),
  postal_code_too_long: tooLong('postal code', '郵便番号'),
  placeholder_value: {
    en: 'A field has only a mark for a missing value, such as NULL. Please fill in the value or leave the cell empty.',
    ja: 'いずれかの項目が NULL など、値がないことを示す文字になっています。値を入力するか、空欄にしてください。',
  },
  misplaced_card_number: {
    en: 'Another column than the card number has a card number. Please check whether the cells have slipped.',
    ja: 'カード番号以外の項目にカード番号が含まれています。列がずれていないかご確認ください。',
  },
  passed_value: {
    en: 'A column that is copied to the results has a card number, or more than 255 characters. Please remove it there.',
    ja: '結果に転記する列に、カード番号または255文字を超える値が含まれています。該当の値を削除してください。',
  },
  control_character: {
    en: 'A field has a line break or another invisible character. Please type it again.',
    ja: 'いずれかの項目に改行などの見えない文字が含まれています。入力し直してください。',
  },
};
