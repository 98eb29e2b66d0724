import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CardliftActivities } from '../contract/activities.ts';

/**
 * The longest wait for the rate limiter in the activity (10 s), the grace for a late answer, and
 * the writing of the result.
 */
const aroundTheRequestMs = 10_000 + 2_000 + 10_000;

/** Retried without a limit: the send protocol makes every repetition safe. */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** The part of a batch's input that its activities' queue and time-outs need. */
export interface ActivitySettings {
  readonly activityQueue: string;
  readonly gatewayTimeoutMs: number;
  /** Absent: the default of each kind of activity. */
  readonly heartbeatTimeoutMs?: number;
}

/**
 * The activities that go over all rows of a batch. They heartbeat, but a step of a large one may
 * take long; a day is far longer than the largest file takes.
 */
export function proxyBatchActivities(settings: ActivitySettings): CardliftActivities {
  return proxyLongActivities(settings, '60s');
}

/**
 * The activities on one shard, and the short ones. They heartbeat every second while they wait, so
 * 15 s of silence mean a dead worker.
 */
export function proxyShardActivities(settings: ActivitySettings): CardliftActivities {
  return proxyLongActivities(settings, '15s');
}

function proxyLongActivities(
  { activityQueue, heartbeatTimeoutMs }: ActivitySettings,
  silence: '15s' | '60s',
): CardliftActivities {
  return proxyActivities<CardliftActivities>({
    taskQueue: activityQueue,
    startToCloseTimeout: '1 day',
    heartbeatTimeout: heartbeatTimeoutMs ?? silence,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry,
  });
}

/**
 * The activity that sends one row. Cancelled while it waits, it gives the row back. Cancelled after
 * its intent was created, it runs to its end, and the workflow waits for that. It heartbeats every
 * 2.5 s, so 15 s of silence mean a dead worker.
 */
export function proxyRowActivity({ activityQueue, gatewayTimeoutMs, heartbeatTimeoutMs }: ActivitySettings) {
  return proxyActivities<Pick<CardliftActivities, 'tokenizeRow'>>({
    taskQueue: activityQueue,
    startToCloseTimeout: gatewayTimeoutMs + aroundTheRequestMs,
    heartbeatTimeout: heartbeatTimeoutMs ?? '15s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry,
  }).tokenizeRow;
}
