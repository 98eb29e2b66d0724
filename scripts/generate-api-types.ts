import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

/*
 * Generates src/gateway/payment-options/generated/api.ts from api/generate-token.openapi.yaml. With
 * --check it only compares, so that CI fails if only one of them changes.
 */
const schema = new URL('../api/generate-token.openapi.yaml', import.meta.url);
const target = new URL('../src/gateway/payment-options/generated/api.ts', import.meta.url);

const header =
  '/* Generated from api/generate-token.openapi.yaml by `npm run generate`; changes here are lost. */\n';
const wanted = header + astToString(await openapiTS(schema, { alphabetize: false }));

if (process.argv.includes('--check')) {
  const present = await readFile(target, 'utf8').catch(() => '');
  if (present !== wanted) {
    process.stderr.write(
      'src/gateway/payment-options/generated/api.ts is out of date. Fix it with: npm run generate\n',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(target, wanted);
}
