import type { HoldCode, HoldReason } from '../../contract/hold.ts';
import { countOf } from '../../domain/counted-text.ts';
import { adviceOf } from '../../domain/hold-advice.ts';

export interface HoldTextInput {
  readonly batchId: string;
  readonly hold: HoldReason;
  /**
   * The command that runs the batch on this machine, to which `--resume`, `--approve` or `--cancel`
   * is added.
   */
  readonly runAgain: string;
  /**
   * True if a long-running worker serves the batch. Only then do the commands that name the batch
   * work too.
   */
  readonly hasWorker: boolean;
}

/** What the count of a hold counts. Holds that count nothing are absent. */
const countedBy: Readonly<Partial<Record<HoldCode, string>>> = {
  set_up_wrong: 'response',
  requests_refused: 'response',
  set_up_codes: 'response',
  ambiguous_answers: 'request',
  velocity_codes: 'response',
  tolerance_passed: 'row',
  is_live_disagrees: 'response',
  answers_mixed_up: 'response',
  amount_disagrees: 'response',
};

/**
 * What an operator reads about a hold: the reason, what to do first, and the commands, each on its
 * own line.
 */
export function describeHold({ hold, ...input }: HoldTextInput): string {
  const { code, text, count } = hold;
  const counted = countedBy[code];
  return [
    ...(code === 'canary_sent'
      ? [`The batch waits for approval: ${text}`]
      : [
          `The batch is on hold: ${text}`,
          `Reason: ${code}${counted === undefined ? '' : ` (${countOf(count, counted)})`}. In-flight requests have finished; no more rows are sent.`,
        ]),
    `${adviceOf(code).first}.`,
    ...describeCommands({ hold, ...input }),
  ].join('\n');
}

/** The commands that continue a batch on hold, or cancel it. */
function describeCommands({ batchId, hold: { code }, runAgain, hasWorker }: HoldTextInput): string[] {
  const { goOn } = adviceOf(code);
  const commandsFor = (title: string, control: 'resume' | 'approve' | 'cancel'): string[] => [
    title,
    `  ${runAgain} --${control}`,
    ...(hasWorker ? ['Or, with the running worker:', `  cardlift ${control} ${batchId}`] : []),
  ];
  return [
    ...(goOn === 'never'
      ? []
      : commandsFor(goOn === 'approve' ? 'To send the remaining rows:' : 'To resume:', goOn)),
    ...(code === 'tolerance_passed'
      ? [
          `To allow more, add --tolerate PERCENT${hasWorker ? `, or first use \`cardlift set-tolerance ${batchId} PERCENT\`` : ''}.`,
        ]
      : []),
    // Nothing is staged: the storage alone ends the batch, and its file may no longer exist.
    ...(code === 'staging_failed'
      ? ['To cancel:', `  cardlift cancel ${batchId}`]
      : commandsFor('To cancel:', 'cancel')),
  ];
}
