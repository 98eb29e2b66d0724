import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findLostCharacters,
  findUnlikelyValues,
  type ReportDoubt,
} from '../../src/domain/doubtful-values.ts';
import type { SendableRow } from '../../src/domain/staged-row.ts';

const row: SendableRow = {
  kind: 'sendable',
  row: 1,
  line: 2,
  merchantRef: 'a',
  cardNumber: '4111111111111111',
  expiryMonth: '12',
  expiryYear: '2039',
  amount: '1',
  currency: 'JPY',
  billing: {},
  scheme: 'visa',
};

const doubtsOf = (changes: Partial<SendableRow>): string[] => {
  const found: string[] = [];
  const report: ReportDoubt = (column, doubt) => found.push(`${column} ${doubt}`);
  findLostCharacters({ ...row, ...changes }, report);
  findUnlikelyValues({ ...row, ...changes }, report);
  return found;
};

for (const [changes, doubts] of [
  [{ merchantRef: 'caf\ufffd' }, ['merchant_ref lost_character']],
  [{ cardholderName: 'Jos\ufffd' }, ['cardholder_name lost_character']],
  [{ cardholderName: 'ann@shop.example' }, ['cardholder_name unlikely_value']],
  [{ cardholderName: '12345' }, ['cardholder_name unlikely_value']],
  [{ cardholderName: 'N/A' }, ['cardholder_name unlikely_value']],
  [{ billing: { email: ' Ann' } }, ['billing_email unlikely_value']],
  [{ billing: { email: ' ann@shop.example' } }, ['billing_email unlikely_value']],
  [{ shipping: { phone_number: 'Tokyo' } }, ['shipping_phone_number unlikely_value']],
  [{ shipping: { city: 'ann@shop.example' } }, ['shipping_city unlikely_value']],
  [{ shipping: { postal_code: '1\ufffd' } }, ['shipping_postal_code lost_character']],
  [{ cardholderName: '山田 太郎', billing: { email: 'a@b.example', phone_number: '+81 3' } }, []],
  [{ cardholderName: "O'Brien", billing: { address1: 'Café @ Main Street 5', city: '東京' } }, []],
] as const) {
  test(`${JSON.stringify(changes)} gives ${doubts.length === 0 ? 'no doubt' : doubts}`, () =>
    assert.deepEqual(doubtsOf(changes), doubts));
}
