/*
 * A process that creates intents, for tests that race several or kill one. Arguments: the storage's
 * root, the owner's name. It prints `ready`; `make ROW` creates an intent and leaves it open
 * (`made`); `race ROWS` tries to create and end the first intent of every row, and prints the rows
 * that it won as a JSON list.
 */
import { createInterface } from 'node:readline';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { testKey } from '../support/storage-key.ts';

const [root = '', name = ''] = process.argv.slice(2);
const { intents } = await openLocalStorage(root, testKey);

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, number] = line.split(' ');
  if (command === 'make') {
    const own = await createIntent(intents, shardRef, createIntentHead(Number(number), 1, name));
    process.stdout.write(own === undefined ? 'taken\n' : 'made\n');
  } else {
    const won: number[] = [];
    for (let row = 1; row <= Number(number); row += 1) {
      const own = await createIntent(intents, shardRef, createIntentHead(row, 1, name));
      if (own === undefined) continue;
      won.push(row);
      await own.writeResult({ kind: 'final', answer: longestAnswer });
    }
    process.stdout.write(`${JSON.stringify(won)}\n`);
  }
}
