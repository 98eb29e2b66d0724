import type { HoldReason } from '../../contract/hold.ts';
import { adviceOf } from '../../domain/hold-advice.ts';

export interface HoldTextInput {
  readonly batchId: string;
  readonly hold: HoldReason;
  /** The command that works on the batch on this machine; `--resume`, `--approve` or `--cancel` is added. */
  readonly runAgain: string;
  /** True if a worker that stays works for the batch: only then do the commands that name the batch work, too. */
  readonly hasWorker: boolean;
}

/** What an operator reads of a hold: why, how many, what to do first, and what to type. Each command has a line of its own. */
export function describeHold({ hold, ...input }: HoldTextInput): string {
  const { code, text, count } = hold;
  return [
    code === 'canary_sent' ? `The batch waits for approval: ${text}` : `The batch is on hold: ${text}`,
    ...(code === 'canary_sent'
      ? []
      : [`  reason: ${code}, count ${count}. Requests under way have finished; the other rows wait.`]),
    `${adviceOf(code).first}.`,
    ...describeWaysOn({ hold, ...input }),
  ].join('\n');
}

/** The commands that go on with a batch on hold, or end it. */
export function describeWaysOn({ batchId, hold: { code }, runAgain, hasWorker }: HoldTextInput): string[] {
  const { goOn } = adviceOf(code);
  const waysOf = (title: string, control: 'resume' | 'approve' | 'cancel'): string[] => [
    title,
    `  ${runAgain} --${control}`,
    ...(hasWorker ? ['or, by the worker that is running:', `  cardlift ${control} ${batchId}`] : []),
  ];
  return [
    ...(goOn === 'never' ? [] : waysOf(goOn === 'approve' ? 'Send the other rows with' : 'Go on with', goOn)),
    ...(code === 'tolerance_passed'
      ? [
          `To tolerate more from then on, add --tolerate PERCENT${hasWorker ? `, or first \`cardlift set-tolerance ${batchId} PERCENT\`` : ''}.`,
        ]
      : []),
    // Nothing is staged: the storage alone ends it, and the file may not be there to be run.
    ...(code === 'staging_failed'
      ? ['End the batch with', `  cardlift cancel ${batchId}`]
      : waysOf('End the batch with', 'cancel')),
  ];
}
