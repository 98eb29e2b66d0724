import type { HoldReason } from '../contract/hold.ts';

export interface HoldTextInput {
  readonly batchId: string;
  readonly hold: HoldReason;
  /** The `run` command that works on the batch on this machine; `--resume` or `--approve` is added. */
  readonly runAgain: string;
}

/** What an operator reads of a hold: why, how many, and what to type next. */
export function describeHold({ batchId, hold, runAgain }: HoldTextInput): string {
  const { code, text, count } = hold;
  const goOn = code === 'canary_sent' ? 'approve' : 'resume';
  return [
    code === 'canary_sent' ? `The batch waits for approval: ${text}` : `The batch is on hold: ${text}`,
    ...(code === 'canary_sent'
      ? []
      : [`  reason: ${code}, after ${count} of them; rows under way were ended, the others wait.`]),
    ...introductionOf(hold, batchId),
    `  ${runAgain} --${goOn}        (on this machine)`,
    `  cardlift ${goOn} ${batchId}        (where a worker is running)`,
    'or end the batch with',
    `  cardlift cancel ${batchId}`,
  ].join('\n');
}

function introductionOf({ code }: HoldReason, batchId: string): string[] {
  switch (code) {
    case 'canary_sent':
      return ['Send the other rows with'];
    case 'tolerance_passed':
      return [
        'To tolerate more from now on',
        `  cardlift set-tolerance ${batchId} PERCENT        (where a worker is running)`,
        'Go on, counting anew, with',
      ];
    default:
      return ['Mend the cause, then go on with'];
  }
}
