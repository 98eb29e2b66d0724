import type { Intent, IntentHead, IntentStore, SealReason, ShardRef } from '../../src/storage/storage.ts';

/**
 * Intents kept in memory that do not survive the process: the reference for the other variants.
 * Never for production.
 */
export function createMemoryIntents(): IntentStore {
  const shards = new Map<string, Map<string, Intent>>();
  const sealed = new Map<string, SealReason>();
  const nameOf = ({ batchId, pass, shard }: ShardRef): string => `${batchId} ${pass} ${shard}`;
  const intentsOf = (ref: ShardRef): Map<string, Intent> => {
    const present = shards.get(nameOf(ref)) ?? new Map<string, Intent>();
    shards.set(nameOf(ref), present);
    return present;
  };
  const keyOf = ({ row, intent }: Pick<IntentHead, 'row' | 'intent'>): string => `${row}.${intent}`;
  return {
    prepare: async () => undefined,
    isPrepared: async () => true,
    async last(ref, row) {
      let found: Intent | undefined;
      for (let intent = 1; ; intent += 1) {
        const next = intentsOf(ref).get(keyOf({ row, intent }));
        if (next === undefined) return found;
        found = next;
      }
    },
    async create(ref, head) {
      if (intentsOf(ref).has(keyOf(head))) return undefined;
      intentsOf(ref).set(keyOf(head), { head });
      return {
        async writeResult(result) {
          intentsOf(ref).set(keyOf(head), { head, result });
        },
      };
    },
    async seal(ref, reason) {
      if (!sealed.has(nameOf(ref))) sealed.set(nameOf(ref), reason);
    },
    isSealed: async (ref) => sealed.has(nameOf(ref)),
    sealOf: async (ref) => sealed.get(nameOf(ref)),
    list: async (ref) =>
      [...intentsOf(ref).values()].sort((a, b) => a.head.row - b.head.row || a.head.intent - b.head.intent),
    count: async (ref) => intentsOf(ref).size,
    async remove(ref, removed) {
      for (const intent of removed) intentsOf(ref).delete(keyOf(intent));
    },
  };
}
