/* Every reason to refuse a file, and every path that is not a file, through the command itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileRefusals } from '../../src/input/file-refused-error.ts';
import { type CardliftExit, type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { refusedFiles } from '../support/refused-files.ts';

let site: CardliftSite;
before(async () => {
  site = await createCardliftSite({ baseUrl: 'http://127.0.0.1:9' });
});
after(() => site.remove());

const validate = (path: string, more: readonly string[] = []): Promise<CardliftExit> =>
  site.start(['validate', path, '--json', ...more]).exited;

function assertRefused(exit: CardliftExit, code: string): void {
  assert.equal(exit.code, 2, `${code}: ${exit.stderr}`);
  assert.equal(JSON.parse(exit.stdout).refused.code, code);
  assert.match(exit.stderr, /^Cannot read the file: .*\. Remedy: .*$/m);
  assert.doesNotMatch(exit.stdout + exit.stderr, /\d{6}|Yamada|Dupont/);
  assert.doesNotMatch(exit.stderr, /^ +at /m, 'no stack');
}

/** One file per code. Those that need a mapping have their own test. */
const samples = Object.keys(fileRefusals).flatMap((wanted) => {
  const found = refusedFiles.find(
    ([code, , , , options]) => code === wanted && options?.mapping === undefined,
  );
  return found === undefined ? [] : [found];
});

test('the command refuses a file for each reason with exit code 2, its code, and no cell', async () => {
  assert.ok(samples.length >= Object.keys(fileRefusals).length - 3);
  for (let first = 0; first < samples.length; first += 2) {
    await Promise.all(
      samples.slice(first, first + 2).map(async ([code, , content, , options], index) => {
        const path = join(site.folder, `refused-${first + index}.csv`);
        await writeFile(path, content);
        const encoding = options?.encoding;
        assertRefused(await validate(path, encoding === undefined ? [] : ['--encoding', encoding]), code);
      }),
    );
  }
});

test('a mapping that is not one, or for another file, ends with exit code 2', async () => {
  const path = join(site.folder, 'cards.csv');
  await writeFile(path, 'merchant_ref,card_number,expiry\na,4111111111111111,12/39\n');
  const columns = join(site.folder, 'columns.yaml');
  await writeFile(columns, 'columns: {Karte: card_number}\nconstants: {amount: 1, currency: JPY}\n');
  assertRefused(await validate(path, ['--columns', columns]), 'header_mapping');
  for (const [mapping, more] of [
    [path, []],
    [columns, ['--amount', '1']],
  ] as const) {
    const exit = await validate(path, ['--columns', mapping, ...more]);
    assert.equal(exit.code, 2, exit.stderr);
    assert.doesNotMatch(exit.stdout + exit.stderr, /4111|^ +at /m);
  }
});

test('a missing file, a folder, a device and a pipe without a writer are refused at once', async () => {
  const folder = join(site.folder, 'folder.csv');
  await mkdir(folder);
  assertRefused(await validate(join(site.folder, 'none.csv')), 'file_missing');
  assertRefused(await validate(folder), 'file_unreadable');
  if (process.platform === 'win32') return;
  const pipe = join(site.folder, 'pipe.csv');
  execFileSync('mkfifo', [pipe]);
  assertRefused(await validate(pipe), 'file_unreadable');
  assertRefused(await validate('/dev/zero'), 'file_unreadable');
});

test(
  'a file from which the system reads no bytes is refused',
  { skip: existsSync('/proc/self/mem') ? false : 'no such file on this system' },
  async () => assertRefused(await validate('/proc/self/mem'), 'file_unreadable'),
);
