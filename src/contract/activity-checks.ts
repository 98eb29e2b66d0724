/* The shapes of the inputs of activities. */
import type { CardliftActivities } from './activities.ts';
import { auditActs } from './audit.ts';
import { batchId, limitsChange, notice, openings, runs, sendWindow, unwritten } from './message-checks.ts';
import { count, flag, listOf, object, oneOf, optional, type Shape, text, wholeNumber } from './shapes.ts';

const inPass = { batchId, pass: count };
const inShard = { ...inPass, shard: count };

export const activityInputs: Readonly<Record<keyof CardliftActivities, Shape>> = {
  stageBatch: object({ batchId, pass: optional(count) }),
  openShard: object({ ...inShard, ...openings }),
  tokenizeRow: object({
    ...inPass,
    row: count,
    holdGeneration: optional(wholeNumber),
    isProbe: optional(flag),
    run: optional(text),
  }),
  closeShard: object({
    ...inShard,
    unwritten: optional(listOf(unwritten)),
    answered: optional(runs),
    isCancelled: optional(flag),
  }),
  closeUnsentShards: object({ ...inPass, fromShard: count, closed: optional(runs) }),
  setLimits: object({ batchId, act: oneOf('set_rate', 'set_concurrency'), limits: limitsChange }),
  publishResults: object({ ...inPass, isCancelled: flag }),
  appendAudit: object({ batchId, news: object({ id: text, at: text, who: text, act: oneOf(...auditActs) }) }),
  postNotice: object({ batchId, notice }),
  lookAtWindow: object({ window: sendWindow }),
};
