/*
 * Reads the results.csv files of earlier batches: which references have a token, and which may have
 * been charged without one. Every line is checked, because a missing or misread line would charge a
 * card again. No message quotes a cell.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Parser } from 'csv-parse';
import { z } from 'zod';
import type { EarlierReference, EarlierToken } from '../domain/skip-decision.ts';
import { parseJson } from '../storage/stored-json.ts';
import { hasToken, hasTokenOrCharge, parseEarlierLine, tokenOf } from './earlier-line.ts';
import { resultColumns } from './result-files.ts';

/** A file is unusable as earlier results. The message names the file, the line and the remedy. */
export class EarlierResultsError extends Error {
  override readonly name = 'EarlierResultsError';
}

/** One file of earlier results. */
export interface EarlierFile {
  readonly name: string;
  readonly sha256: string;
  readonly tokens: number;
  /** From the manifest beside the file, if that manifest names exactly this file. */
  readonly manifest?: EarlierManifest;
}

export interface EarlierManifest {
  readonly batchId: string;
  readonly merchantId: string;
  readonly isLive: boolean;
}

/** The combined content of all files. */
export interface EarlierResults {
  readonly files: readonly EarlierFile[];
  /** By merchant_ref. */
  readonly references: ReadonlyMap<string, EarlierReference>;
}

const giveAsWritten = 'give the results.csv of a finished batch exactly as Cardlift wrote it';

const manifestSchema = z.object({
  batch_id: z.string(),
  merchant_id: z.string(),
  sha256: z.object({ 'results.csv': z.string() }),
  settings: z.object({ is_live: z.boolean() }),
});

/** Reads the files. Throws EarlierResultsError. */
export async function readEarlierResults(paths: readonly string[]): Promise<EarlierResults> {
  const references = new Map<string, MutableReference>();
  const files: EarlierFile[] = [];
  for (const path of paths) files.push(await readOne(path, references));
  return { files, references };
}

interface MutableReference {
  readonly tokens: EarlierToken[];
  isUnresolved: boolean;
}

async function readOne(path: string, references: Map<string, MutableReference>): Promise<EarlierFile> {
  const name = basename(path);
  const refuse: (reason: string, line?: number) => never = (reason, line) => {
    const where = line === undefined ? '' : ` (line ${line})`;
    throw new EarlierResultsError(`Cannot use ${name} to skip rows: ${reason}${where}; ${giveAsWritten}`);
  };
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parser = new Parser({ info: true, relax_column_count: true });
  // Errors are read from `errored`; without a listener they would end the process.
  parser.on('error', () => {});
  let rows = -1;
  let columnCount = 0;
  let tokens = 0;
  let lastByte: number | undefined;
  const refsInFile = new Set<string>();

  const take = (cells: readonly string[], line: number): void => {
    rows += 1;
    if (rows === 0) {
      // Columns that were passed through follow ours.
      columnCount = cells.length;
      if (cells.slice(0, resultColumns.length).join() !== resultColumns.join()) {
        refuse(
          cells[0] === 'state'
            ? 'it is the results.partial.csv of an unfinished batch'
            : 'it does not have the columns of a results.csv',
          line,
        );
      }
      return;
    }
    if (cells.length !== columnCount) refuse('a row has a different number of cells', line);
    const data = parseEarlierLine(cells, rows);
    if (typeof data === 'string') refuse(data, line);
    if (!hasTokenOrCharge(data)) return;
    if (refsInFile.has(data.merchant_ref)) refuse('the merchant_ref is already in an earlier line', line);
    refsInFile.add(data.merchant_ref);
    const known = references.get(data.merchant_ref) ?? { tokens: [], isUnresolved: false };
    references.set(data.merchant_ref, known);
    if (!hasToken(data)) {
      known.isUnresolved = true;
      return;
    }
    tokens += 1;
    const present = known.tokens.find(({ card }) => card === data.card);
    if (present === undefined) known.tokens.push(tokenOf(data));
    else if (present.storedPaymentMethodId !== data.stored_payment_method_id) {
      throw new EarlierResultsError(
        `Cannot use ${name} to skip rows: line ${line} has a different token for a reference and card than an earlier file. Find out which token is in use, and leave out the other file`,
      );
    }
  };
  const drain = (): void => {
    for (let found = parser.read(); found !== null; found = parser.read()) {
      const { record, info } = found as { record: string[]; info: { lines: number } };
      take(record, info.lines);
    }
    // The parser's own message quotes the cell.
    if (parser.errored) refuse('a cell has wrong quotes', (rows === -1 ? 0 : rows) + 1);
  };

  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      lastByte = chunk.at(-1) ?? lastByte;
      parser.write(decoder.decode(chunk, { stream: true }));
      drain();
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof EarlierResultsError) throw error;
    if (error instanceof TypeError) return refuse('it is not in UTF-8');
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return refuse(code === 'ENOENT' ? 'it does not exist' : 'it cannot be read');
  }
  if (lastByte === undefined) return refuse('it is empty');
  if (lastByte !== 0x0a) return refuse('its last line was cut off');
  parser.end();
  drain();
  const sha256 = hash.digest('hex');
  const manifest = await readManifestBeside(path, sha256);
  if (manifest === 'other' && name === 'results.csv') {
    return refuse('it does not match the manifest.json beside it: it was changed or cut off');
  }
  return {
    name,
    sha256,
    tokens,
    ...(manifest === undefined || manifest === 'other' ? {} : { manifest }),
  };
}

/**
 * What the manifest beside the file says about it; `other` if the manifest belongs to a different
 * file.
 */
async function readManifestBeside(
  path: string,
  sha256: string,
): Promise<EarlierManifest | 'other' | undefined> {
  const content = await readFile(join(dirname(path), 'manifest.json'), 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(content));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return data.sha256['results.csv'] === sha256
    ? { batchId: data.batch_id, merchantId: data.merchant_id, isLive: data.settings.is_live }
    : 'other';
}
