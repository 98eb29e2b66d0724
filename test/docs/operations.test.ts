import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { holdCodes } from '../../src/contract/hold.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The text under a heading. */
const sectionOf = (heading: string): string =>
  page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

test('every hold code has one line on what to type at night, and a section of its own', () => {
  const lines = sectionOf('The batch is on hold').split('\n');
  assert.ok(holdCodes.length >= 8);
  for (const code of holdCodes) {
    const found = lines.filter((line) => line.startsWith('| `') && line.includes(`\`${code}\``));
    assert.equal(found.length, 1, code);
    assert.ok(found[0]?.includes(`(#${anchorOf(`Hold: ${code}`)})`), `${code} links to its section`);
    assert.ok(sectionOf(`Hold: \`${code}\``).includes('**You see:**'), code);
  }
});

test('a situation says what is seen, what it means, what to type, what happens to the rows, and when it is over', () => {
  const situations = page.split(/^## /m).filter((part) => part.includes('**You see:**'));
  assert.ok(situations.length >= 25);
  for (const situation of situations) {
    for (const part of ['**It means:**', '**Type:**', '**Rows:**', '**Recovered when:**']) {
      assert.ok(situation.includes(`- ${part}`), `${situation.split('\n')[0]}: ${part}`);
    }
  }
});

test('a situation can be read in half a minute: its five parts have at most 130 words', () => {
  for (const situation of page.split(/^## /m).filter((part) => part.includes('**You see:**'))) {
    const [, parts = ''] =
      /(- \*\*You see:[\s\S]*?\*\*Recovered when:\*\*[\s\S]*?)(?:\n\n|$)/.exec(situation) ?? [];
    const words = parts.split(/\s+/).length;
    assert.ok(words > 20 && words <= 130, `${situation.split('\n')[0]}: ${words} words`);
  }
});

test('the table at the top links to every situation', () => {
  const [top = ''] = page.split(/^## /m);
  let found = 0;
  for (const [, heading = ''] of page.matchAll(/^## (.+)$/gm)) {
    found += 1;
    assert.ok(top.includes(`(#${anchorOf(heading)})`), heading);
  }
  assert.ok(found >= 30, `${found} situations`);
});
