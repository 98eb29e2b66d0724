import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { holdCodes } from '../../src/contract/hold.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The text under a heading. */
const sectionOf = (heading: string): string =>
  page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

test('Every reason of a hold has a line on what to type at night', () => {
  const lines = sectionOf('A hold at night: what do I type?').split('\n');
  assert.ok(holdCodes.length >= 8);
  for (const code of holdCodes) {
    assert.equal(
      lines.filter((line) => line.startsWith('| `') && line.includes(`\`${code}\``)).length,
      1,
      code,
    );
  }
});

test('A situation says what is seen, what becomes of rows and money, what to type, and when it is well', () => {
  const situations = page.split(/^## /m).filter((part) => part.includes('*You see:*'));
  assert.ok(situations.length >= 12);
  for (const situation of situations) {
    for (const part of ['*Rows and money:*', '*Type', '*It is well when*']) {
      assert.ok(situation.includes(part), `${situation.split('\n')[0]}: ${part}`);
    }
  }
});

test('Every situation is named in the table at the top', () => {
  const [top = ''] = page.split(/^## /m);
  let found = 0;
  for (const [, heading = ''] of page.matchAll(/^## (.+)$/gm)) {
    if (heading === 'Settings') continue;
    found += 1;
    const anchor = heading
      .toLowerCase()
      .replace(/[^a-z0-9\s-]/g, '')
      .replace(/\s/g, '-');
    assert.ok(top.includes(`(#${anchor})`), heading);
  }
  assert.ok(found >= 12, `${found} situations`);
});
