/*
 * `npm run crash:mutations`: breaks the send protocol in one place at a time, in a copy of the
 * sources, and plays a crash on it. Prints the findings. Exit code 1 if a mutation is not found.
 */
import { isCaught, mutationTableOf, playMutations } from './mutations/mutation-table.ts';
import { mutations } from './mutations/mutations.ts';
import { openStepStage } from './steps/step-stage.ts';

const stage = await openStepStage();
try {
  const played = await playMutations(stage, mutations);
  process.stdout.write(mutationTableOf(played));
  process.exitCode = played.every(isCaught) ? 0 : 1;
} finally {
  await stage.close();
}
