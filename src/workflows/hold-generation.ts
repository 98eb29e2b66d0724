import type { ShardSteering } from '../contract/shard-messages.ts';

/** True if no hold has ended between the two, and no other run of the batch has taken over. */
export function isSameGeneration(one: ShardSteering, other: ShardSteering): boolean {
  return one.holdGeneration === other.holdGeneration && one.run === other.run;
}
