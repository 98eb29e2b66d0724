/* Plays many steps and prints the outcomes. */
import { complaintsOf } from '../checker.ts';
import { mapAtATime } from '../map-at-a-time.ts';
import type { PlayEnd, StepStage } from './step-stage.ts';
import { requestsWhenStopped, type Step } from './steps.ts';

export interface PlayedStep {
  readonly step: Step;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly end: PlayEnd | Error;
}

/** A play mostly waits for time-outs, so several can share the machine. */
const playsAtATime = 18;

/** Plays every step, and reports each when it ends. A failed play is one of the results. */
export async function playSteps(
  stage: StepStage,
  steps: readonly Step[],
  signal: PlayedStep['signal'],
  report: (line: string) => void = () => undefined,
): Promise<PlayedStep[]> {
  const played = new Map<Step, PlayedStep>();
  await mapAtATime(steps, playsAtATime, async (step) => {
    const end = await stage.play({ at: step.at, signal }).catch((error: Error) => error);
    const one: PlayedStep = { step, signal, end };
    played.set(step, one);
    report(`${signal} ${step.name}: ${faultsOfPlay(one).join('; ') || 'ok'}`);
  });
  return steps.flatMap((step) => played.get(step) ?? []);
}

/** What is wrong with a played step, as sentences. */
export function faultsOfPlay({ step, signal, end }: PlayedStep): string[] {
  if (end instanceof Error) return [end.message];
  const requests = signal === 'SIGKILL' ? step.requests : requestsWhenStopped(step);
  const others = { ...end.findings.outcomes };
  others[end.outcome] = (others[end.outcome] ?? 0) - 1;
  return [
    ...complaintsOf(end.findings),
    ...(end.outcome === step.outcome ? [] : [`the row ended ${end.outcome}, not ${step.outcome}`]),
    ...(end.requests === requests ? [] : [`${end.requests} charges of the row, not ${requests}`]),
    ...(others.tokenized === end.findings.results.length - 1 ? [] : ['another row suffered']),
  ];
}

/** The table: step, crash, what the row became. */
export function tableOf(played: readonly PlayedStep[]): string {
  const lines = played.map((one) => {
    const { step, signal, end } = one;
    const what = signal === 'SIGKILL' ? 'killed' : 'stopped, and continued too late';
    const faults = faultsOfPlay(one);
    const cells =
      end instanceof Error
        ? ['', '', faults.join('; ')]
        : [
            end.outcome,
            end.requests === 0 ? 'not charged' : `charged ${end.requests === 1 ? 'once' : 'twice'}`,
            faults.length === 0 ? 'ok' : faults.join('; '),
          ];
    return `| ${[step.name, what, ...cells].join(' | ')} |`;
  });
  return ['| step | the worker is | the row became | ledger | |', '|---|---|---|---|---|', ...lines, ''].join(
    '\n',
  );
}
