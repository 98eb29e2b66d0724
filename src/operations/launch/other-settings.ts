/*
 * An open batch keeps the settings it was started with. A different setting would be ignored
 * silently.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatWindow } from '../../domain/send-window.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { OperationRefused } from '../errors.ts';
import { describeRunAgain } from '../run-again.ts';
import type { LaunchRequest } from './request.ts';

export type GivenSettings = Pick<
  LaunchRequest,
  | 'amount'
  | 'currency'
  | 'ratePerS'
  | 'concurrency'
  | 'canaryRows'
  | 'tolerancePercent'
  | 'window'
  | 'notifyUrl'
>;

interface Setting {
  readonly option: string;
  readonly given: unknown;
  readonly started: unknown;
  /** How the message describes the original setting. */
  readonly as?: string;
  /** The command that changes the setting, if one exists. */
  readonly change?: string;
}

/**
 * Refuses given options that differ from the original ones, and says what to do instead. Options
 * that were left out are not compared. `notifyUrl` is the record's own, decrypted. Throws
 * OperationRefused.
 */
export function refuseOtherSettings(
  record: BatchRecord,
  given: GivenSettings,
  notifyUrl: string | undefined,
): void {
  const { batchId } = record;
  const differs = settingsOf(record, given, notifyUrl).find(
    (setting) => setting.given !== undefined && !isDeepStrictEqual(setting.given, setting.started),
  );
  if (differs === undefined) return;
  const { option, as, change } = differs;
  throw new OperationRefused(
    'conflict',
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
  given: GivenSettings,
  notifyUrl: string | undefined,
): Setting[] {
  const { ratePerS, concurrency, window } = record;
  return [
    {
      option: '--amount',
      given: asNumber(given.amount),
      started: asNumber(record.amount),
      as: record.amount === undefined ? 'with the amounts in its file' : `with --amount ${record.amount}`,
    },
    {
      option: '--currency',
      given: given.currency,
      started: record.currency,
      as:
        record.currency === undefined
          ? 'with the currencies in its file'
          : `with --currency ${record.currency}`,
    },
    {
      option: '--rate',
      given: given.ratePerS,
      started: ratePerS ?? 'none',
      as: ratePerS === undefined ? 'without a limit' : `with ${ratePerS} requests/s`,
      change: `\`cardlift set-rate ${batchId} N\` changes it while the batch runs.`,
    },
    {
      option: '--concurrency',
      given: given.concurrency,
      started: concurrency,
      change: `\`cardlift set-concurrency ${batchId} N\` changes it while the batch runs.`,
    },
    {
      option: '--tolerate',
      given: given.tolerancePercent,
      started: record.tolerancePercent,
      change: `\`cardlift set-tolerance ${batchId} N\` changes it while the batch runs. After a hold, add it to --resume.`,
    },
    {
      option: '--canary',
      given: given.canaryRows,
      started: record.canaryRows,
      as: record.canaryRows === undefined ? 'without a canary' : `with --canary ${record.canaryRows}`,
    },
    {
      option: '--window',
      given: given.window,
      started: window,
      as: window === undefined ? 'to send at any hour' : `with the hours ${formatWindow(window)}`,
    },
    { option: '--notify', given: given.notifyUrl, started: notifyUrl },
  ];
}

/** `1` and `1.00` are the same amount. */
function asNumber(amount: string | undefined): number | undefined {
  return amount === undefined ? undefined : Number(amount);
}
