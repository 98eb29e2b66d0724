/* The doctor's checks of Temporal: the server, the namespace, the search attributes, a worker. */
import type { AppContext } from '../../app/app-context.ts';
import { readTargetFingerprint } from '../../app/target.ts';
import { findTemporal } from '../../temporal/temporal-access.ts';
import { checkTemporalHealth, describeRegistration } from '../../temporal/temporal-health.ts';
import { TemporalUnreachableError } from '../../temporal/temporal-unreachable-error.ts';
import type { Check } from './doctor-check.ts';

/**
 * Checks that Temporal is running with what Cardlift needs, and that a worker polls it. Without a
 * usable storage the name of the worker's queue is unknown, so no worker is found.
 */
export async function checkTemporal(
  context: AppContext,
  isLive: boolean,
  isStorageUsable: boolean,
): Promise<Check[]> {
  const name = 'temporal';
  try {
    const access = await findTemporal(context.config.home);
    if (access === undefined) {
      return [
        {
          name,
          status: 'warn',
          text: 'not running; `cardlift run` and `cardlift up` start the embedded server',
          remedy: 'To use your own server, set TEMPORAL_ADDRESS',
        },
      ];
    }
    try {
      const targetFingerprint = isStorageUsable ? await readTargetFingerprint(context, isLive) : '';
      const { hasNamespace, missingSearchAttributes, hasWorker } = await checkTemporalHealth(
        access,
        targetFingerprint,
      );
      const where = `${access.address}, namespace ${access.namespace}`;
      if (!hasNamespace) {
        const command = `temporal operator namespace create --address ${access.address} --namespace ${access.namespace}`;
        return [{ name, status: 'fail', text: `${where}: the namespace does not exist`, command }];
      }
      return [
        missingSearchAttributes === undefined || missingSearchAttributes.length === 0
          ? { name, status: 'ok', text: `responds at ${where}` }
          : {
              name,
              status: 'warn',
              text: `responds at ${where}. Search attributes are missing (${missingSearchAttributes.join(', ')}): batches run, but the Temporal UI lists less about them`,
              command: describeRegistration(missingSearchAttributes, access),
            },
        hasWorker
          ? { name: 'worker', status: 'ok', text: 'running with these settings' }
          : {
              name: 'worker',
              status: 'warn',
              text: 'none is running with these settings; `cardlift run` starts its own',
              remedy: 'For `cardlift start`, run `cardlift worker` or `cardlift up`',
            },
      ];
    } finally {
      await access.release();
    }
  } catch (error) {
    const text =
      error instanceof TemporalUnreachableError ? error.message : 'Temporal does not respond as expected';
    return [
      {
        name,
        status: 'fail',
        text,
        remedy: 'Start it, or unset TEMPORAL_ADDRESS to use the embedded server',
      },
    ];
  }
}
