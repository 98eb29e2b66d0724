import type { AppContext } from '../../src/app/app-context.ts';
import type { LaunchedBatch } from '../../src/operations/launch/claim.ts';
import { commitLaunch } from '../../src/operations/launch/commit.ts';
import { prepareLaunch } from '../../src/operations/launch/prepare.ts';
import type { LaunchRequest } from '../../src/operations/launch/request.ts';

/** Launches the file at the path as a script would: it asks nothing, and charges nothing again. */
export async function launchFile(
  context: AppContext,
  path: string,
  request: Omit<LaunchRequest, 'path' | 'isLive'>,
): Promise<LaunchedBatch> {
  return await commitLaunch(context, await prepareLaunch(context, { path, isLive: false, ...request }));
}
