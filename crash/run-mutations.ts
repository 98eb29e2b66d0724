/*
 * `npm run crash:mutations`: the send protocol broken in one place each, in a copy of the sources, and played. Prints what
 * was found; exit code 1 where a mutation was not.
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
