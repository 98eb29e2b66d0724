import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'csv-stringify';
import { type FaultShares, parseFaultShares } from '../src/simulator/fault-choice.ts';
import { generateSampleRows, sampleColumns } from '../src/simulator/sample-rows.ts';

/*
 * Writes a sample file of any size to stdout, for demos and load tests. All cards are in the
 * simulator's range.
 *
 *   node --import tsx scripts/generate-sample.ts --rows 5000 --fault declined-hard=2% > cards.csv
 */
const parseWhole = (text: string): number => {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};

const command = new Command('generate-sample')
  .description('Writes a CSV of cards that no issuer has to stdout')
  .option('--rows <number>', 'data rows, at most 10,000,000', parseWhole, 100)
  .option('--seed <number>', 'the same seed gives the same rows', parseWhole, 1)
  .option('--year <number>', 'the first year of expiry', parseWhole, new Date().getFullYear() + 3)
  .option('--fault <name=share...>', 'a share of cards with a fault of the simulator, e.g. declined-hard=2%')
  .option('--japanese', 'names and addresses in kanji, amounts in yen', false)
  .parse();

const { rows, seed, year, fault, japanese } = command.opts<{
  rows: number;
  seed: number;
  year: number;
  fault?: string[];
  japanese: boolean;
}>();

const readFaults = (): FaultShares => {
  try {
    return parseFaultShares(fault ?? []);
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
  }
};

const sample = generateSampleRows({
  rows,
  seed,
  expiryYear: year,
  faults: readFaults(),
  isJapanese: japanese,
});

try {
  await pipeline(
    Readable.from(sample),
    stringify({ header: true, columns: [...sampleColumns] }),
    process.stdout,
  );
} catch (error) {
  // The reader of a pipe may have stopped reading (`| head`).
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
}
