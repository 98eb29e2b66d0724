/* Plays each mutation, and the same play with the sources unchanged. */

import { mapAtATime } from '../map-at-a-time.ts';
import type { PlayEnd, StepStage } from '../steps/step-stage.ts';
import { faultsOfPlay } from '../steps/step-table.ts';
import { copyMutated, type Mutation } from './mutations.ts';

export interface PlayedMutation {
  readonly mutation: Mutation;
  /** The findings with the sources unchanged; there must be none. */
  readonly whole: readonly string[];
  /** The findings with the mutation. */
  readonly mutated: readonly string[];
}

const playsAtATime = 6;

/** Plays all of them. */
export async function playMutations(
  stage: StepStage,
  mutations: readonly Mutation[],
): Promise<PlayedMutation[]> {
  const found = new Map<string, readonly string[]>();
  const plays = mutations.flatMap((mutation) => [
    { mutation, isMutated: false },
    { mutation, isMutated: true },
  ]);
  await mapAtATime(plays, playsAtATime, async ({ mutation, isMutated }) => {
    const copy = isMutated ? await copyMutated(mutation) : undefined;
    try {
      const end = await stage
        .play({ ...mutation.play, ...(copy === undefined ? {} : { project: copy.folder }) })
        .catch((error: Error) => error);
      found.set(`${mutation.name} ${isMutated}`, findingsOf(mutation, end));
    } finally {
      await copy?.remove();
    }
  });
  return mutations.map((mutation) => ({
    mutation,
    whole: found.get(`${mutation.name} false`) ?? ['not played'],
    mutated: found.get(`${mutation.name} true`) ?? [],
  }));
}

function findingsOf({ name, play, whole }: Mutation, end: PlayEnd | Error): string[] {
  const at = play.at === 'unharmed' ? 'reported' : play.at;
  return faultsOfPlay({ step: { name, at, ...whole }, signal: play.signal, end });
}

/** True if the play has findings with the mutation, and none without it. */
export function isCaught({ whole, mutated }: PlayedMutation): boolean {
  return whole.length === 0 && mutated.length > 0;
}

/** The table of mutations. */
export function mutationTableOf(played: readonly PlayedMutation[]): string {
  const lines = played.map(
    (one) =>
      `| ${one.mutation.name} | ${isCaught(one) ? 'caught' : 'NOT CAUGHT'} | ${one.mutated.join('; ')} | ${one.whole.join('; ') || 'nothing'} |`,
  );
  return ['| mutation | | found with it | found without it |', '|---|---|---|---|', ...lines, ''].join('\n');
}
