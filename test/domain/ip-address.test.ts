import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { isIpAddress } from '../../src/domain/ip-address.ts';

for (const [text, expected] of [
  ['127.0.0.1', true],
  ['255.255.255.255', true],
  ['::', true],
  ['::1', true],
  ['2001:db8::ff00:42:8329', true],
  ['::ffff:192.0.2.1', true],
  ['1:2:3:4:5:6:7::', true],
  ['', false],
  ['256.0.0.1', false],
  ['01.2.3.4', false],
  ['1.2.3', false],
  ['1.2.3.4 ', false],
  ['1:2:3:4:5:6:7:8:9', false],
  ['1:2:3:4:5:6:7:8::', false],
  ['1::2::3', false],
  [':::', false],
  ['12345::', false],
  ['fe80::1%eth0', false],
  ['localhost', false],
] as const) {
  test(`"${text}" is ${expected ? 'an' : 'no'} IP address`, () => assert.equal(isIpAddress(text), expected));
}

test('any address, and any address with one changed character, is judged as by node:net', () => {
  const text = fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(45), fc.constantFrom('', ':', '::', '.', '0', 'g', '25'))
    .map(([address, at, piece]) => address.slice(0, at) + piece + address.slice(at + 1));
  const soup = fc.string({ unit: fc.constantFrom('0', '1', '9', 'f', ':', '.'), maxLength: 20 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), text, soup), (address) => {
      assert.equal(isIpAddress(address), isIP(address) !== 0);
    }),
    { numRuns: 2000 },
  );
});
