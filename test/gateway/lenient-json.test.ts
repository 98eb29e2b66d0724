import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJsonObject } from '../../src/gateway/lenient-json.ts';
import { cpuMsOf } from '../support/cpu-time.ts';

const whole = (value: object) => ({ value, isWhole: true, isInArray: false });
const part = (value: object) => ({ value, isWhole: false, isInArray: false });

for (const [what, text, expected] of [
  ['plain JSON', '{"a":1}', whole({ a: 1 })],
  ['raw control characters in a string', '{"a":"x\r\n\u0001y","b":2}', whole({ a: 'x\r\n\u0001y', b: 2 })],
  ['a value that is no JSON', '{"a":NaN,"b":"t","c":Infinity,"d":2}', whole({ b: 't', d: 2 })],
  [
    'an integer beyond 2^53',
    '{"a":12345678901234567890,"b":-1.5}',
    whole({ a: '12345678901234567890', b: -1.5 }),
  ],
  ['a decimal with many digits', '{"a":1234567890123456.5}', whole({ a: 1234567890123456.5 })],
  ['text around it', 'ok: {"a":1} bye', whole({ a: 1 })],
  ['an end within a string', '{"a":{"id":"pm-1","n":"cut', part({ a: { id: 'pm-1' } })],
  ['an end after an escaped quote', '{"a":{"id":"pm\\"', part({ a: {} })],
  ['an end within a number', '{"a":{"id":"pm-1","n":12', part({ a: { id: 'pm-1' } })],
  ['an end within a key', '{"id":"pm-1","suc', part({ id: 'pm-1' })],
  ['no end at all', '{"a":{"id":"pm-1"', part({ a: { id: 'pm-1' } })],
  ['nothing', '', undefined],
  ['no object', '<html></html>', undefined],
] as const) {
  test(`${what} is read as far as it is certain`, () => {
    assert.deepEqual(readJsonObject(text), expected);
  });
}

test('an object in an array of one is read, and reported as in an array', () => {
  assert.deepEqual(readJsonObject('[{"a":1}]'), { value: { a: 1 }, isWhole: true, isInArray: true });
});

test('an endlessly nested object is read up to the nesting', () => {
  const read = readJsonObject(`{"id":"pm-1","deep":${'['.repeat(100_000)}`);
  assert.equal(read?.value.id, 'pm-1');
  assert.equal(read?.isWhole, false);
});

test('no beginning of an answer yields a value that the complete answer lacks', () => {
  const json = JSON.stringify({ success: true, t: { id: 'pm-"1"\\', n: 12.5 }, list: [1, { deep: null }] });
  fc.assert(
    fc.property(fc.nat(json.length), (length) => {
      const read = readJsonObject(json.slice(0, length));
      if (read === undefined) return;
      assert.deepEqual(
        { ...JSON.parse(json), ...read.value, t: undefined, list: undefined },
        {
          ...JSON.parse(json),
          t: undefined,
          list: undefined,
        },
      );
      const { t } = read.value as { t?: { id?: string; n?: number } };
      assert.ok(t?.id === undefined || t.id === 'pm-"1"\\');
      assert.ok(t?.n === undefined || t.n === 12.5);
    }),
  );
});

test('no text makes reading fail or take long', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readJsonObject(text)));
  for (const text of [
    '"'.repeat(500_000),
    '\\'.repeat(500_000),
    '{'.repeat(900_000),
    '{"a":"'.repeat(100_000),
  ]) {
    const cpuMs = cpuMsOf(() => readJsonObject(text));
    assert.ok(cpuMs < 5_000, `${cpuMs} ms`);
  }
});
