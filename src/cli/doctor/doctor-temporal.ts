/* doctor on Temporal: the server, the namespace, the search attributes, a worker. */

import type { AppContext } from '../../app/app-context.ts';
import { readTargetFingerprint } from '../../app/target.ts';
import { findTemporal, TemporalUnreachableError } from '../../temporal/temporal-access.ts';
import { checkTemporalHealth, describeRegistration } from '../../temporal/temporal-health.ts';
import { type Check, isNotMadeYet } from './doctor-check.ts';

/** Whether a Temporal runs, what it has of what we need, and whether a worker asks it for work. */
export async function checkTemporal(context: AppContext, isLive: boolean, storage: Check): Promise<Check[]> {
  const name = 'temporal';
  try {
    const access = await findTemporal(context.config.home);
    if (access === undefined) {
      return [
        {
          name,
          status: 'warn',
          text: 'none is running; `cardlift run` and `cardlift up` start the embedded one',
          remedy: 'For a server of your own set TEMPORAL_ADDRESS',
        },
      ];
    }
    try {
      const canBind = storage.status !== 'fail' && !isNotMadeYet(storage);
      const targetFingerprint = canBind ? await readTargetFingerprint(context, isLive) : '';
      const { hasNamespace, missingSearchAttributes, hasWorker } = await checkTemporalHealth(
        access,
        targetFingerprint,
      );
      const where = `${access.address}, namespace ${access.namespace}`;
      if (!hasNamespace) {
        const command = `temporal operator namespace create --address ${access.address} --namespace ${access.namespace}`;
        return [{ name, status: 'fail', text: `${where}: no such namespace`, command }];
      }
      return [
        missingSearchAttributes === undefined || missingSearchAttributes.length === 0
          ? { name, status: 'ok', text: `answers at ${where}` }
          : {
              name,
              status: 'warn',
              text: `answers at ${where}; without the search attributes ${missingSearchAttributes.join(', ')} batches run, and its list page shows less`,
              command: describeRegistration(missingSearchAttributes, access),
            },
        hasWorker
          ? { name: 'worker', status: 'ok', text: 'one with these settings is running' }
          : {
              name: 'worker',
              status: 'warn',
              text: 'none with these settings is running; `cardlift run` brings its own',
              remedy: 'For `cardlift start`: run `cardlift worker`, or `cardlift up`',
            },
      ];
    } finally {
      await access.release();
    }
  } catch (error) {
    const text =
      error instanceof TemporalUnreachableError ? error.message : 'Temporal does not answer as it should';
    return [
      { name, status: 'fail', text, remedy: 'Start it, or unset TEMPORAL_ADDRESS for the embedded one' },
    ];
  }
}
