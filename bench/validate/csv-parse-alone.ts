/*
 * The minimal reading of a CSV: csv-parse produces the cells, which are ignored. Prints the number
 * of rows.
 */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';

const parser = createReadStream(process.argv[2] ?? '', { highWaterMark: 256 * 1024 }).pipe(parse());
let rows = -1;
for await (const _ of parser) rows += 1;
process.stdout.write(`${rows}\n`);
