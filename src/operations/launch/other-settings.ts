/* An open batch goes on as it was started: a setting that is given again and differs would only seem to be in use. */
import { isDeepStrictEqual } from 'node:util';
import { CliError } from '../../cli/cli-error.ts';
import type { LaunchOptions } from '../../cli/launch-options.ts';
import { describeRunAgain } from '../../cli/output/run-again.ts';
import { formatWindow, type SendWindow } from '../../domain/send-window.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';

export interface GivenSettings
  extends Pick<LaunchOptions, 'amount' | 'currency' | 'rate' | 'concurrency' | 'canary' | 'tolerate'> {
  readonly window?: SendWindow;
  /** Given by `--notify`. */
  readonly notify?: string;
}

interface Setting {
  readonly option: string;
  readonly reported: unknown;
  readonly started: unknown;
  /** How it is said what the batch was started with. */
  readonly as?: string;
  /** What changes it, where anything does. */
  readonly change?: string;
}

/**
 * Refuses options that were given and differ from what the batch was started with, with what to do instead; those that were
 * left out stand as they are. `notifyUrl` is the record's own, opened. Throws CliError.
 */
export function refuseOtherSettings(
  record: BatchRecord,
  reported: GivenSettings,
  notifyUrl: string | undefined,
): void {
  const { batchId } = record;
  const differs = settingsOf(record, reported, notifyUrl).find(
    (setting) => setting.reported !== undefined && !isDeepStrictEqual(setting.reported, setting.started),
  );
  if (differs === undefined) return;
  const { option, as, change } = differs;
  throw new CliError(
    [
      `The open batch of this file was started ${as ?? `with another ${option}`}: ${batchId}.`,
      `Leave out ${option} to continue it unchanged.`,
      change ??
        `It can no longer be changed. To cancel the batch:\n  ${describeRunAgain(record, 1)} --cancel`,
      ...(option === '--amount' || option === '--currency'
        ? [`If the amount was wrong: docs/operations.md, "The amount was wrong"`]
        : []),
    ].join('\n'),
  );
}

function settingsOf(
  { batchId, ...record }: BatchRecord,
  reported: GivenSettings,
  notifyUrl: string | undefined,
): Setting[] {
  const { ratePerS, concurrency, window } = record;
  return [
    {
      option: '--amount',
      reported: asNumber(reported.amount),
      started: asNumber(record.amount),
      as: record.amount === undefined ? 'with the amounts in its file' : `with --amount ${record.amount}`,
    },
    {
      option: '--currency',
      reported: reported.currency,
      started: record.currency,
      as:
        record.currency === undefined
          ? 'with the currencies in its file'
          : `with --currency ${record.currency}`,
    },
    {
      option: '--rate',
      reported: reported.rate,
      started: ratePerS ?? 'none',
      as: ratePerS === undefined ? 'without a limit' : `with ${ratePerS} requests/s`,
      change: `\`cardlift set-rate ${batchId} N\` changes it while the batch runs.`,
    },
    {
      option: '--concurrency',
      reported: reported.concurrency,
      started: concurrency,
      change: `\`cardlift set-concurrency ${batchId} N\` changes it while the batch runs.`,
    },
    {
      option: '--tolerate',
      reported: reported.tolerate,
      started: record.tolerancePercent,
      change: `\`cardlift set-tolerance ${batchId} N\` changes it while the batch runs. After a hold, add it to --resume.`,
    },
    {
      option: '--canary',
      reported: reported.canary,
      started: record.canaryRows,
      as: record.canaryRows === undefined ? 'without a canary' : `with --canary ${record.canaryRows}`,
    },
    {
      option: '--window',
      reported: reported.window,
      started: window,
      as: window === undefined ? 'to send at any hour' : `with the hours ${formatWindow(window)}`,
    },
    { option: '--notify', reported: reported.notify, started: notifyUrl },
  ];
}

/** `1` and `1.00` are the same amount. */
function asNumber(amount: string | undefined): number | undefined {
  return amount === undefined ? undefined : Number(amount);
}
