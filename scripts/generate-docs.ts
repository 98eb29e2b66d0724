/*
 * Writes the generated parts of the documents. With --check it only compares them, so that CI
 * fails if the code and a page differ.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { generatedPages, remedy } from './docs/pages.ts';

for (const page of generatedPages) {
  const url = new URL(`../${page.path}`, import.meta.url);
  const present = await readFile(url, 'utf8').catch(() => '');
  const wanted = await page.fill(present);
  if (wanted === present) continue;
  if (process.argv.includes('--check')) {
    process.stderr.write(`${page.path} is out of date. Fix it with: ${remedy}\n`);
    process.exitCode = 1;
  } else {
    await writeFile(url, wanted);
  }
}
