import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { holdCodes } from '../../src/contract/hold.ts';
import { rowOutcomes } from '../../src/contract/outcome.ts';
import { rowErrorCodes } from '../../src/domain/error-codes.ts';

const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** The cells of the table rows that begin with the name, below the heading. */
function rowsOf(heading: string, name: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith(`| ${name} |`))
    .map((line) => line.slice(2, -2).split(' | '));
}

test('every code of the catalogue is on the page once, with its text and next step', () => {
  for (const [code, entry] of Object.entries(rowErrorCodes)) {
    const rows = rowsOf('Row codes', `\`${code}\``);
    assert.equal(rows.length, 1, code);
    assert.equal(rows[0]?.[1], entry.text, code);
    assert.equal(rows[0]?.at(-1), entry.nextStep, code);
  }
});

test('every code on the page is in the catalogue', () => {
  const section = page.split('## Row codes')[1]?.split('\n## ')[0] ?? '';
  const codes = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(codes.sort(), Object.keys(rowErrorCodes).sort());
});

test('every outcome, hold code and exit code is on the page once', () => {
  for (const outcome of rowOutcomes) assert.equal(rowsOf('Outcomes', `\`${outcome}\``).length, 1, outcome);
  for (const code of holdCodes) assert.equal(rowsOf('Holds', `\`${code}\``).length, 1, code);
  for (const code of Object.values(exitCodes)) assert.equal(rowsOf('Exit codes', String(code)).length, 1);
});

test('the page never says that a redrive sends a row that may have been charged', () => {
  for (const [code, { outcome }] of Object.entries(rowErrorCodes)) {
    if (outcome !== 'unknown' && outcome !== 'charged_without_token') continue;
    const sentAgain = rowsOf('Row codes', `\`${code}\``)[0]?.[3] ?? '';
    assert.match(sentAgain, /^(never|only after `resolve`)$/, code);
  }
});
