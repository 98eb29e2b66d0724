/* What a command prints, copies and exits with after a batch has ended or gone on hold. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AppContext } from '../app/app-context.ts';
import type { HoldReason } from '../contract/hold.ts';
import { countOf } from '../domain/counted-text.ts';
import type { FollowEnd } from '../operations/follow/follow-batch.ts';
import { readClosedPass } from '../operations/lookups/closed-pass.ts';
import { locateResult, readResult, resultFiles } from '../operations/lookups/published-files.ts';
import type { Manifest } from '../results/manifest.ts';
import type { CliContext } from './cli-context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { describeHold } from './output/hold-text.ts';
import { describeCounts } from './output/progress-text.ts';
import { replaceFile } from './replaced-file.ts';

export interface EndInput {
  readonly batchId: string;
  readonly pass: number;
  readonly end: FollowEnd;
  /** The command that continues, as the operator would type it. */
  readonly continueCommand: string;
  /** The `run` command that works on the batch on this machine. */
  readonly runAgain: string;
  /** A long-running worker serves the batch. */
  readonly hasWorker: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** Reports the end of a followed batch and returns the exit code. */
export async function reportEnd(context: CliContext, input: EndInput): Promise<ExitCode> {
  const { batchId, end, continueCommand } = input;
  switch (end.kind) {
    case 'interrupted':
      context.terminal.report(
        `Interrupted. Nothing is lost. To continue the batch ${batchId}:\n  ${continueCommand}`,
      );
      return exitCodes.interrupted;
    case 'on_hold':
      reportHold(context, input, end.hold);
      return exitCodes.stopped;
    case 'closed':
      return await reportClosed(context, input, end.status);
  }
}

function reportHold({ terminal }: CliContext, { json, ...input }: EndInput, hold: HoldReason): void {
  if (json === true)
    terminal.print(JSON.stringify({ batch_id: input.batchId, status: statusOf(hold), hold }));
  terminal.report(describeHold({ ...input, hold }));
}

const statusOf = ({ code }: HoldReason): string =>
  code === 'canary_sent' ? 'waiting_for_approval' : 'on_hold';

async function reportClosed(context: CliContext, input: EndInput, status: string): Promise<ExitCode> {
  const { batchId, pass, out, json, runAgain } = input;
  const manifest = await readClosedPass(context, { batchId, pass, status, runAgain });
  const copied = out === undefined ? undefined : await copyResults(context, batchId, out);
  const results = copied ?? (await locateResult(context, batchId, 'results.csv'));
  const left = manifest.input.rows - (manifest.outcomes.tokenized ?? 0) - (manifest.outcomes.skipped ?? 0);
  if (json === true) {
    context.terminal.print(
      JSON.stringify({
        batch_id: batchId,
        status: manifest.status,
        rows: manifest.input.rows,
        outcomes: manifest.outcomes,
        charged: manifest.charged,
        possibly_charged: manifest.possibly_charged,
        results,
      }),
    );
  } else {
    context.terminal.print(
      [
        `${manifest.status === 'cancelled' ? 'Cancelled' : 'Finished'}: ${countOf(manifest.input.rows, 'row')}: ${describeCounts(manifest.outcomes)}`,
        ...describeCharged(manifest),
        `Results: ${results}`,
        ...describeWarnings(manifest),
        ...(left === 0 ? [] : ['For each row without a token, next_step says what to do.']),
      ].join('\n'),
    );
  }
  if (manifest.status === 'cancelled') return exitCodes.stopped;
  return left === 0 ? exitCodes.ok : exitCodes.rowsLeft;
}

/** `unknown` rows may have been charged too, so their sum is printed beside the certain one. */
function describeCharged({
  charged,
  possibly_charged: possibly,
}: Pick<Manifest, 'charged' | 'possibly_charged'>): string[] {
  const sums = (amounts: Readonly<Record<string, string>>): string =>
    Object.entries(amounts)
      .map(([currency, total]) => `${total} ${currency}`)
      .join(' and ');
  const more = sums(possibly);
  if (more === '') return sums(charged) === '' ? [] : [`Charged: ${sums(charged)}`];
  return [`Charged: ${sums(charged) || 'nothing'}, and possibly ${more} more for unknown rows`];
}

/** Lines that an operator must see: contradictions, and tokens that several cards share. */
export function describeWarnings(manifest: Pick<Manifest, 'contradictions' | 'shared_tokens'>): string[] {
  const { contradictions, shared_tokens: shared } = manifest;
  return [
    ...(contradictions === 0
      ? []
      : [
          `WARNING: ${contradictions} ${contradictions === 1 ? 'row has' : 'rows have'} contradictory answers (a late answer, or more than one charge): see next_step in unresolved.csv`,
        ]),
    ...(shared.rows === 0
      ? []
      : [
          `WARNING: ${shared.rows} rows have a token that another card received too. Do not use these tokens until the gateway confirms which card each one belongs to: see shared_tokens in manifest.json`,
        ]),
  ];
}

/** Copies the result files and returns the path of the copied results. */
export async function copyResults(context: AppContext, batchId: string, out: string): Promise<string> {
  const folder = resolve(context.config.workingFolder, out);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of resultFiles) {
    const content = await readResult(context, batchId, name);
    if (content === undefined) continue;
    await replaceFile(join(folder, name), (temporary) => writeFile(temporary, content, { mode: 0o600 }));
  }
  return join(folder, 'results.csv');
}
