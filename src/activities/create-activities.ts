import type { CardliftActivities } from '../contract/activities.ts';
import { createAnswerKeeper } from './answer-keeper.ts';
import { createAppendAudit } from './append-audit.ts';
import { createBatchAccess } from './batch-access.ts';
import { withCheckedInputs } from './checked-inputs.ts';
import { createCloseShard, createCloseUnsentShards } from './close-shard.ts';
import type { ActivityDeps } from './deps.ts';
import { createHoldMonitors } from './hold-monitors.ts';
import { createLookAtWindow } from './look-at-window.ts';
import { createOpenShard } from './open-shard.ts';
import { createPostNotice } from './post-notice.ts';
import { createPublishResults } from './publish-results.ts';
import { createSetLimits } from './set-limits.ts';
import { createStageBatch } from './stage-batch.ts';
import { createTokenizeRow } from './tokenize-row.ts';

/** Creates all activities with one set of dependencies. */
export function createActivities(deps: ActivityDeps): CardliftActivities {
  const openBatch = createBatchAccess(deps);
  return withCheckedInputs({
    stageBatch: createStageBatch(deps, openBatch),
    openShard: createOpenShard(deps, openBatch),
    tokenizeRow: createTokenizeRow(deps, openBatch, createHoldMonitors(), createAnswerKeeper(deps.storage)),
    closeShard: createCloseShard(deps, openBatch),
    closeUnsentShards: createCloseUnsentShards(deps, openBatch),
    setLimits: createSetLimits(deps),
    publishResults: createPublishResults(deps, openBatch),
    appendAudit: createAppendAudit(deps),
    postNotice: createPostNotice(openBatch),
    lookAtWindow: createLookAtWindow(deps),
  });
}
