import type { Note, NoteHead, NoteStore, ShardRef } from '../../src/storage/storage.ts';

/** Notes that a process keeps to itself and that nothing outlives: what the others are measured against. Never for use. */
export function createMemoryNotes(): NoteStore {
  const shards = new Map<string, Map<string, Note>>();
  const sealed = new Set<string>();
  const nameOf = ({ batchId, pass, shard }: ShardRef): string => `${batchId} ${pass} ${shard}`;
  const notesOf = (ref: ShardRef): Map<string, Note> => {
    const present = shards.get(nameOf(ref)) ?? new Map<string, Note>();
    shards.set(nameOf(ref), present);
    return present;
  };
  const keyOf = ({ row, note }: Pick<NoteHead, 'row' | 'note'>): string => `${row}.${note}`;
  return {
    prepare: async () => undefined,
    async last(ref, row) {
      let found: Note | undefined;
      for (let note = 1; ; note += 1) {
        const next = notesOf(ref).get(keyOf({ row, note }));
        if (next === undefined) return found;
        found = next;
      }
    },
    async create(ref, head) {
      if (notesOf(ref).has(keyOf(head))) return undefined;
      notesOf(ref).set(keyOf(head), { head });
      return {
        async end(end) {
          notesOf(ref).set(keyOf(head), { head, end });
        },
      };
    },
    async seal(ref) {
      sealed.add(nameOf(ref));
    },
    isSealed: async (ref) => sealed.has(nameOf(ref)),
    list: async (ref) =>
      [...notesOf(ref).values()].sort((a, b) => a.head.row - b.head.row || a.head.note - b.head.note),
    count: async (ref) => notesOf(ref).size,
    async remove(ref, removed) {
      for (const note of removed) notesOf(ref).delete(keyOf(note));
    },
  };
}
