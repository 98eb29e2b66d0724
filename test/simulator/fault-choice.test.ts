import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chooseFault,
  drawOf,
  type FaultShares,
  parseFaultShare,
  parseFaultShares,
} from '../../src/simulator/fault-choice.ts';

function faultsOf(seed: number, shares: FaultShares, requests: number): (string | undefined)[] {
  return Array.from({ length: requests }, (_, index) =>
    chooseFault(shares, drawOf(seed, `abcdefghijkl-p1-r${index}-n1`)),
  );
}

test('The same seed gives the same request the same fault; another seed chooses others', () => {
  const shares = { 'drop-after': 0.2, 'declined-hard': 0.3 };
  assert.deepEqual(faultsOf(7, shares, 500), faultsOf(7, shares, 500));
  assert.notDeepEqual(faultsOf(7, shares, 500), faultsOf(8, shares, 500));
});

test('A fault happens as often as its share says, for references that differ in a few digits', () => {
  const found = faultsOf(7, { 'drop-after': 0.05, hang: 0.25 }, 20_000);
  const drops = found.filter((name) => name === 'drop-after').length;
  const hangs = found.filter((name) => name === 'hang').length;
  // Five standard deviations of a fair draw.
  assert.ok(Math.abs(drops - 1_000) < 155, `${drops} of 1000`);
  assert.ok(Math.abs(hangs - 5_000) < 307, `${hangs} of 5000`);
});

test('A draw is at least 0 and below 1 for any seed and text', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.string(), (seed, text) => {
      const draw = drawOf(seed, text);
      assert.ok(draw >= 0 && draw < 1);
    }),
  );
});

test('A share of 0 never happens and a share of 1 always does', () => {
  assert.equal(chooseFault({ hang: 0 }, 0), undefined);
  assert.equal(chooseFault({ hang: 1 }, 1 - Number.EPSILON), 'hang');
});

const readable: [string, string, number][] = [
  ['drop-after=0.5%', 'drop-after', 0.005],
  ['declined-hard=2%', 'declined-hard', 0.02],
  ['slow=0.25', 'slow', 0.25],
  ['hang=100%', 'hang', 1],
];
for (const [text, name, share] of readable) {
  test(`--fault ${text} is read as ${share} of all requests`, () => {
    assert.deepEqual(parseFaultShare(text), { name, share });
  });
}

for (const text of [
  '',
  'bogus=1%',
  'hang',
  'hang=',
  'hang=-1',
  'hang=2',
  'hang=101%',
  'hang=1%=2',
  'toString=1%',
]) {
  test(`--fault "${text}" is refused`, () => {
    assert.throws(() => parseFaultShare(text), /^Error: Cannot read/);
  });
}

test('Shares above 100 % in total are refused; exactly 100 % in tenths is not', () => {
  assert.throws(() => parseFaultShares(['hang=60%', 'slow=41%']), /more than 100 %/);
  assert.deepEqual(parseFaultShares(['hang=70%', 'slow=20%', 'cut-json=10%']), {
    hang: 0.7,
    slow: 0.2,
    'cut-json': 0.1,
  });
});
