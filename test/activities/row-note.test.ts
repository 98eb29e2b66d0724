import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRowNote } from '../../src/activities/row-note.ts';
import { AnswerWatch } from '../../src/domain/hold-rules.ts';
import type { NoteEnd, Storage } from '../../src/storage/storage.ts';
import { createNoteHead, shardRef } from '../support/notes.ts';
import { createDiskError } from '../support/sends.ts';

interface World {
  readonly sealFails?: true;
  readonly endFails?: true;
}

/** A note on a storage that fails as asked, with the ends that were written. */
async function openNote({ sealFails, endFails }: World) {
  const ends: NoteEnd[] = [];
  const watch = new AnswerWatch();
  const notes: Partial<Storage['notes']> = {
    create: async () => ({
      end: async (end) => {
        if (endFails) throw createDiskError();
        ends.push(end);
      },
    }),
    isSealed: async () => {
      if (sealFails) throw createDiskError('EIO');
      return false;
    },
  };
  const storage = { notes } as Storage;
  const note = await makeRowNote({ storage, ref: shardRef, watch }, createNoteHead(1));
  assert.ok(note !== undefined);
  return { note, watch, ends };
}

const earlier = { code: 'set_up_wrong', text: 'The gateway answered HTTP 401', count: 1 } as const;

test('where the seal cannot be read the note ends as not sent, and the batch holds for that', async () => {
  const { note, watch, ends } = await openNote({ sealFails: true });
  await assert.rejects(note.isSealed(), {
    type: 'BatchHold',
    message: /seal of a shard cannot be read.*EIO/,
  });
  assert.equal(watch.hold?.code, 'storage_failed');
  assert.deepEqual(ends, [{ kind: 'not_processed', cause: 'not sent' }]);
});

test('a batch that holds already keeps its first reason, which every row tells from then on', async () => {
  const { note, watch } = await openNote({ sealFails: true, endFails: true });
  watch.stop(earlier);
  await assert.rejects(note.isSealed(), { type: 'BatchHold', message: earlier.text });
  await assert.rejects(note.notProcessed('HTTP 503'), { type: 'BatchHold', message: earlier.text });
  assert.deepEqual(await note.tryEnd({ kind: 'not_processed', cause: 'HTTP 503' }), earlier);
});
