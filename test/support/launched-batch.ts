import type { AppContext } from '../../src/app/app-context.ts';
import type { LaunchedBatch } from '../../src/operations/launch/claim.ts';
import { commitLaunch } from '../../src/operations/launch/commit.ts';
import type { LaunchConsent } from '../../src/operations/launch/consent.ts';
import { prepareLaunch } from '../../src/operations/launch/prepare.ts';
import type { LaunchRequest } from '../../src/operations/launch/request.ts';

/** For batches that start at once: no reference is in two of them. */
export const besideOthers: LaunchConsent = { chargeAgain: true, includesUnseen: true };

/**
 * Launches the file at the path as a script would: it asks nothing, and charges nothing again
 * unless the consent says so.
 */
export async function launchFile(
  context: AppContext,
  path: string,
  request: Omit<LaunchRequest, 'path' | 'isLive'>,
  consent: LaunchConsent = {},
): Promise<LaunchedBatch> {
  const plan = await prepareLaunch(context, { path, isLive: false, ...request });
  return await commitLaunch(context, plan, consent);
}
