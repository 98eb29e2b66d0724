/*
 * Writes the parts of the documents that are made of the code; with --check it only compares, so that CI fails when one
 * was changed without the other.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { generatedPages, remedy } from './docs/pages.ts';

for (const page of generatedPages) {
  const url = new URL(`../${page.path}`, import.meta.url);
  const present = await readFile(url, 'utf8').catch(() => '');
  const wanted = page.fill(present);
  if (wanted === present) continue;
  if (process.argv.includes('--check')) {
    process.stderr.write(`${page.path} is out of date. Fix it with: ${remedy}\n`);
    process.exitCode = 1;
  } else {
    await writeFile(url, wanted);
  }
}
