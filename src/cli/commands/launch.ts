/* What `run` and `start` share: prepare a launch, show it, ask for agreement, and commit. */
import { resolve } from 'node:path';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import type { SendWindow } from '../../domain/send-window.ts';
import type { LaunchedBatch } from '../../operations/launch/claim.ts';
import { commitLaunch } from '../../operations/launch/commit.ts';
import { type NewBatchPlan, prepareLaunch } from '../../operations/launch/prepare.ts';
import type { LaunchRequest } from '../../operations/launch/request.ts';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import type { GoOnOptions } from '../go-on-options.ts';
import { readingRequestOf } from '../input-options.ts';
import type { LaunchOptions } from '../launch-options.ts';
import { describeMode, describePreview } from '../output/preview-text.ts';
import { describeReading } from '../output/reading-text.ts';

/**
 * So much takes a fraction of a second to read: a file that is refused by then does not start what
 * a launch needs.
 */
const launchLikelyBytes = 2_000_000;

/**
 * Launches the file's batch after the operator agrees, or finds its open batch. `onLikely` is
 * called before the operator is asked, so that what a launch needs can start meanwhile. Throws
 * CliError and OperationRefused.
 */
export async function launchBatch(
  context: CliContext,
  file: string,
  options: LaunchOptions & GoOnOptions,
  onLikely: () => void = () => undefined,
): Promise<LaunchedBatch> {
  const { terminal, config } = context;
  const canLaunch = options.yes === true || terminal.isInteractive;
  const plan = await prepareLaunch(context, requestOf(config.workingFolder, file, options), {
    onRead({ bytesRead, bytesTotal }) {
      terminal.paint(`Reading the file: ${Math.floor((bytesRead * 100) / Math.max(1, bytesTotal))} %`);
      if (canLaunch && bytesRead >= launchLikelyBytes) onLikely();
    },
    onCompare: (batchId) => terminal.paint(`Comparing with ${batchId}`),
  });
  if (canLaunch || plan.kind === 'open_batch') onLikely();
  if (plan.kind === 'open_batch') return await commitLaunch(context, plan);
  showPlan(context, plan);
  const isAsked = options.yes !== true;
  if (isAsked) await askForStart(context, plan);
  const isGiven = options.chargeAgain === true;
  // The question states what would be charged again, but it cannot name a batch that came after it.
  return await commitLaunch(context, plan, {
    chargeAgain: isAsked || isGiven,
    includesUnseen: isGiven,
  });
}

function requestOf(workingFolder: string, file: string, options: LaunchOptions & GoOnOptions): LaunchRequest {
  return {
    path: resolve(workingFolder, file),
    merchantId: options.merchantId,
    isLive: options.live === true,
    // Combined with one of these options, a tolerance changes the open batch's own.
    changesTolerance: options.resume === true || options.approve === true,
    ...readingRequestOf(workingFolder, options),
    ...definedOf({
      batchName: options.batch,
      ratePerS: options.rate,
      concurrency: options.concurrency,
      canaryRows: options.canary,
      tolerancePercent: options.tolerate,
      window: windowOf(options),
      notifyUrl: options.notify,
      skipTokenizedIn: options.skipTokenizedIn?.map((path) => resolve(workingFolder, path)),
    }),
  };
}

function windowOf({ window, timeZone }: LaunchOptions): SendWindow | undefined {
  if ((window === undefined) !== (timeZone === undefined)) {
    throw new CliError(
      'Give --window and --time-zone together, e.g. --window 22:00-06:00 --time-zone Asia/Tokyo',
    );
  }
  return window === undefined || timeZone === undefined ? undefined : { ...window, timeZone };
}

function showPlan({ terminal }: CliContext, plan: NewBatchPlan): void {
  if (plan.cancelledBatchId !== undefined) {
    terminal.report(
      `This file was the batch ${plan.cancelledBatchId}, which was cancelled before anything was sent. It is now a new batch.`,
    );
  }
  for (const line of describeReading(plan.reading)) terminal.report(line);
  const text = describePreview(plan);
  const mode = describeMode(plan.isLive);
  terminal.report(plan.isLive ? text.replace(mode, terminal.alarm(mode)) : text);
}

async function askForStart({ terminal }: CliContext, plan: NewBatchPlan): Promise<void> {
  const { unknownBatches } = plan.earlier;
  const doubts = [
    ...(plan.chargedAgainRefs === 0
      ? []
      : [`${countOf(plan.chargedAgainRefs, 'reference')} would be charged again, or might be`]),
    ...(unknownBatches.length === 0
      ? []
      : [`${countOf(unknownBatches.length, 'batch', 'batches')} may charge the same references`]),
  ];
  const question =
    doubts.length === 0 ? 'Start the batch?' : `Start the batch, although ${doubts.join(' and ')}?`;
  if (!(await terminal.confirm(question))) {
    throw new CliError('Not started: not confirmed. Add --yes to start without a prompt');
  }
}
