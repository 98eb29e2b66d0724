import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countries } from '../../src/domain/countries.ts';
import { currencies, currencyDecimals } from '../../src/domain/currencies.ts';

for (const [currency, decimals] of [
  ['JPY', 0],
  ['KRW', 0],
  ['USD', 2],
  ['HUF', 2],
  ['IDR', 2],
  ['KWD', 3],
  ['CLF', 4],
  ['XXX', undefined],
  ['XAU', undefined],
  ['HRK', undefined],
  ['YEN', undefined],
  ['jpy', undefined],
] as const) {
  test(`${currency} ${decimals === undefined ? 'is no currency of ISO 4217' : `has ${decimals} decimals`}`, () =>
    assert.equal(currencyDecimals(currency), decimals));
}

test('the list has each currency once, in three capital letters, and nearly all of them are known to Intl', () => {
  assert.equal(new Set(currencies).size, currencies.length);
  assert.ok(currencies.every((code) => /^[A-Z]{3}$/.test(code)));
  // Funds codes and the newest currencies are missing in some versions of Node.
  const known = new Set(Intl.supportedValuesOf('currency'));
  assert.ok(currencies.filter((code) => !known.has(code)).length <= 15);
});

test('a country is a code of ISO 3166-1, or Kosovo', () => {
  assert.equal(countries.size, 250);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  assert.deepEqual(
    [...countries].filter((code) => names.of(code) === undefined),
    [],
  );
  for (const code of ['UK', 'XX', 'EU', 'AN', 'ZZ']) assert.equal(countries.has(code), false, code);
});
