/*
 * The storage as one process sees it. Each call parks twice: before it takes effect, and before the
 * process learns of it. In between other processes go on, and a call may fail, lose its answer, or
 * report something as absent that another process has just created.
 */

import { resultOffset } from '../../src/storage/local/intent-file.ts';
import type {
  FileDraft,
  IntentResult,
  IntentStore,
  OwnIntent,
  ShardRef,
  Storage,
} from '../../src/storage/storage.ts';
import { intentKey, openIntentsOf } from '../support/memory-intents.ts';
import type { Actor } from './actor.ts';
import { answerDelayOf, delayOf, mayMissSeal } from './delays.ts';
import type { World } from './world.ts';

interface Call<Result> {
  readonly what: string;
  readonly act: () => Promise<Result>;
  readonly isWrite?: boolean;
  /** What a cache that does not know of the newest state answers. */
  readonly absent?: { readonly value: Result };
  /** What a kill during the write leaves. */
  readonly tear?: () => void;
}

function diskError(): Error {
  return Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'write' });
}

export function openStorageView(world: World, process: Actor): Storage {
  const { storage, scheduler } = world;

  async function call<Result>({ what, act, isWrite, absent, tear }: Call<Result>): Promise<Result> {
    const onKill = (): void => {
      if (isWrite !== true || world.random.chance(0.3)) return;
      if (tear !== undefined && isTorn) tear();
      else act().catch(() => undefined);
    };
    const isTorn = tear !== undefined && world.happens('torn_write');
    if (isTorn) process.isDying = true;
    await scheduler.park(process, what, { ...delayOf(world, what), onKill });
    if (what.startsWith('result') && world.happens('result_fails')) throw diskError();
    if (world.happens(isWrite === true ? 'write_fails' : 'read_fails')) throw diskError();
    if (absent !== undefined && world.happens('stale_absent')) return absent.value;
    const result = await act();
    const isLost = isWrite === true && world.happens('answer_lost');
    await scheduler.park(process, `${what}: ${isLost ? 'answer lost' : 'done'}`, answerDelayOf(world, what));
    if (isLost) throw diskError();
    return result;
  }
  const read = <Result>(what: string, act: () => Promise<Result>, absent?: { readonly value: Result }) =>
    call({ what, act, ...(absent === undefined ? {} : { absent }) });
  const write = <Result>(what: string, act: () => Promise<Result>, tear?: () => void) =>
    call({ what, act, isWrite: true, ...(tear === undefined ? {} : { tear }) });

  const { files, intents, slots } = storage;
  const openDraft = (key: string, draft: FileDraft): FileDraft => ({
    write: (text) => draft.write(text),
    finish: () => write(`finish ${key}`, () => draft.finish()),
    commit: () => write(`commit ${key}`, () => draft.commit()),
    discard: () => draft.discard(),
  });
  const truncate = (ref: ShardRef, row: number, intent: number, from: number): void => {
    const key = intentKey(ref, row, intent);
    const bytes = world.disk.file(key)?.bytes ?? Buffer.alloc(0);
    const length = from + world.random.below(400);
    world.disk.put(key, bytes.subarray(0, length));
  };
  const keepDurable = (ref: ShardRef, row: number, intent: number, result: IntentResult): void => {
    const token = result.kind === 'final' ? result.answer.storedPaymentMethodId : undefined;
    const isStillNamed = world.disk.file(intentKey(ref, row, intent))?.bytes.includes('"final"');
    if (token !== undefined && isStillNamed === true) world.durableTokens.set(row, token);
  };
  const ownIntent = (own: OwnIntent, ref: ShardRef, row: number, intent: number): OwnIntent => ({
    writeResult: (result) => {
      world.unwritten.set(intentKey(ref, row, intent), process);
      return write(
        `result ${row}.${intent} ${result.kind}`,
        async () => {
          await own.writeResult(result);
          keepDurable(ref, row, intent, result);
          world.unwritten.delete(intentKey(ref, row, intent));
        },
        // The file may be removed by now; then there is nothing to tear.
        () => {
          own.writeResult(result).then(
            () => world.disk.file(intentKey(ref, row, intent)) && truncate(ref, row, intent, resultOffset),
            () => undefined,
          );
        },
      );
    },
  });
  const view: IntentStore = {
    prepare: (ref) => write(`prepare ${ref.shard}`, () => intents.prepare(ref)),
    isPrepared: (ref) => read('is prepared', () => intents.isPrepared(ref), { value: false }),
    // What a process left that overlooked a seal is seen: more than one stale read is not covered.
    last: (ref, row) =>
      read(
        `last ${row}`,
        () => intents.last(ref, row),
        world.unseenSeals.size > 0 ? undefined : { value: undefined },
      ),
    async create(ref, head) {
      const { row, intent } = head;
      const own = await write(
        `create ${row}.${intent}`,
        () => intents.create(ref, head),
        () => {
          if (world.disk.file(intentKey(ref, row, intent)) === undefined) truncate(ref, row, intent, 0);
        },
      );
      return own === undefined ? undefined : ownIntent(own, ref, row, intent);
    },
    seal: (ref, reason) => write(`seal ${reason}`, () => intents.seal(ref, reason)),
    isSealed: (ref) =>
      read('is sealed', async () => {
        const isSealed = await intents.isSealed(ref);
        if (!isSealed || !mayMissSeal(world, ref) || !world.happens('stale_seal')) return isSealed;
        for (const { row } of openIntentsOf(world.disk, ref)) world.unseenSeals.add(row);
        return false;
      }),
    sealOf: (ref) => read('seal of', () => intents.sealOf(ref)),
    list: (ref) => read(`list ${ref.pass}`, () => intents.list(ref)),
    count: (ref) => read('count', () => intents.count(ref)),
    remove: (ref, gone) =>
      gone.length === 0
        ? Promise.resolve()
        : write(`remove ${gone.map(({ row, intent }) => `${row}.${intent}`).join(' ')}`, () => {
            world.passesWithRemovals.add(ref.pass);
            return intents.remove(ref, gone);
          }),
  };
  return {
    id: storage.id,
    integrity: storage.integrity,
    intents: view,
    files: {
      locate: files.locate,
      createExclusive: (key, content) => write(`create ${key}`, () => files.createExclusive(key, content)),
      replace: (key, content) => write(`replace ${key}`, () => files.replace(key, content)),
      draft: async (key) => openDraft(key, await write(`draft ${key}`, () => files.draft(key))),
      read: (key) => read(`read ${key}`, () => files.read(key)),
      readLines: files.readLines,
      list: (folder) => read(`list ${folder}`, () => files.list(folder)),
      remove: (key) => write(`remove ${key}`, () => files.remove(key)),
    },
    slots: {
      list: (folder) => read('slots', () => slots.list(folder)),
      read: (folder, number) => read(`slots ${number}`, () => slots.read(folder, number)),
      create: (folder, number, content) =>
        write(`claim slots ${number}`, () => slots.create(folder, number, content)),
      replace: (folder, number, content) =>
        write(`slots ${number} late`, () => slots.replace(folder, number, content)),
      remove: (folder, numbers) => write('remove slots', () => slots.remove(folder, numbers)),
    },
  };
}
