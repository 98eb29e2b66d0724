/* What a command says, copies and exits with when a batch has ended or holds. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HoldReason } from '../contract/hold.ts';
import { resultKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { FollowEnd } from './follow-batch.ts';
import { readManifest } from './manifest.ts';
import { describeCounts } from './progress-text.ts';
import type { Workplace } from './workplace.ts';

export interface EndInput {
  readonly batchId: string;
  readonly end: FollowEnd;
  /** The command that goes on with this, as the operator would type it. */
  readonly goOn: string;
  /** The command that works on the batch on this machine, and takes it off a hold. */
  readonly workOn: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Tells the end of a batch that was followed; gives the exit code. */
export async function tellEnd(place: Workplace, input: EndInput): Promise<ExitCode> {
  const { batchId, end, goOn } = input;
  switch (end.kind) {
    case 'interrupted':
      place.terminal.tell(`Interrupted. Nothing is lost: the batch ${batchId} goes on with\n  ${goOn}`);
      return exitCodes.interrupted;
    case 'on_hold':
      tellHold(place, input, end.hold);
      return exitCodes.stopped;
    case 'closed':
      return await tellClosed(place, input, end.status);
  }
}

function tellHold({ terminal }: Workplace, { batchId, workOn, json }: EndInput, hold: HoldReason): void {
  if (json === true) terminal.print(JSON.stringify({ batch_id: batchId, status: 'on_hold', hold }));
  terminal.tell(
    [
      `The batch is on hold: ${hold.text}`,
      `  reason: ${hold.code}, after ${hold.count} of them; rows under way were ended, the others wait.`,
      'Mend the cause, then go on with',
      `  ${workOn}        (on this machine)`,
      `  cardlift resume ${batchId}        (where a worker is running)`,
      'or end the batch with',
      `  cardlift cancel ${batchId}`,
    ].join('\n'),
  );
}

async function tellClosed(place: Workplace, input: EndInput, status: string): Promise<ExitCode> {
  const { batchId, out, json } = input;
  const storage = await place.storage();
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) {
    throw new CliError(
      status === 'cancelled'
        ? `The batch ${batchId} was cancelled before its file was staged, so this run of it sent nothing and wrote no results`
        : `The workflow of the batch ${batchId} is ${status} and left no results: see it in the Temporal UI; \`cardlift run\` with the same file goes on`,
      status === 'cancelled' ? exitCodes.stopped : exitCodes.engine,
    );
  }
  const copied = out === undefined ? undefined : await copyResults(place, storage, batchId, out);
  const results = copied ?? storage.files.locate(resultKey(batchId, 'results.csv'));
  const left = manifest.input.rows - (manifest.outcomes.tokenized ?? 0) - (manifest.outcomes.skipped ?? 0);
  if (json === true) {
    place.terminal.print(
      JSON.stringify({
        batch_id: batchId,
        status: manifest.status,
        rows: manifest.input.rows,
        outcomes: manifest.outcomes,
        charged: manifest.charged,
        results,
      }),
    );
  } else {
    const charged = Object.entries(manifest.charged).map(([currency, total]) => `${total} ${currency}`);
    place.terminal.print(
      [
        `${manifest.status === 'cancelled' ? 'Cancelled' : 'Finished'}: ${manifest.input.rows} rows: ${describeCounts(manifest.outcomes)}`,
        ...(charged.length === 0 ? [] : [`Charged: ${charged.join(' and ')}`]),
        `Results: ${results}`,
        ...(left === 0 ? [] : ['Each row that is not tokenized says in next_step what to do.']),
      ].join('\n'),
    );
  }
  if (manifest.status === 'cancelled') return exitCodes.stopped;
  return left === 0 ? exitCodes.ok : exitCodes.rowsLeft;
}

/** Copies the result files; gives the path of the copied results. */
export async function copyResults(
  { config }: Workplace,
  storage: Storage,
  batchId: string,
  out: string,
): Promise<string> {
  const folder = resolve(config.workingFolder, out);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const) {
    const content = await storage.files.read(resultKey(batchId, name));
    if (content !== undefined) await writeFile(join(folder, name), content, { mode: 0o600 });
  }
  return join(folder, 'results.csv');
}
