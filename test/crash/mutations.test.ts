/* The mutations themselves are played by `npm run crash:mutations`; here only that each still has its place in the sources. */
import { test } from 'node:test';
import { copyMutated, mutations } from '../support/crash/mutations.ts';

for (const mutation of mutations) {
  test(`the mutation "${mutation.name}" still has its place in the sources`, async () => {
    const copy = await copyMutated(mutation);
    await copy.remove();
  });
}
