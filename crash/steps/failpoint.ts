/* Wraps the dependencies of a worker's activities, so that something happens at one step. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import {
  encodeNewIntent,
  encodeResult,
  type IntentSeal,
  placeOfIntent,
  resultOffset,
} from '../../src/storage/local/intent-file.ts';
import type { FileStore, IntentHead, IntentStore, OwnIntent, ShardRef } from '../../src/storage/storage.ts';
import type { Place } from './steps.ts';

export interface Failpoint {
  readonly at: Place;
  /** The row that it applies to, if it is a step of a row. */
  readonly row: number;
  /** Called at the step, at most once. It may return. */
  readonly hit: () => void;
  /** Resolves when the gateway has the request and before it answers. */
  readonly untilCharged: (merchantTxnRef: string) => Promise<void>;
}

/** The same dependencies with the failpoint. */
export function withFailpoint(deps: ActivityDeps, failpoint: Failpoint): ActivityDeps {
  let isSpent = false;
  let isRowEnded = false;
  let permits = 0;
  const { at, row } = failpoint;
  const reach = (on: Place['on'], when: Place['when']): void => {
    if (at.on !== on || at.when !== when || isSpent) return;
    isSpent = true;
    failpoint.hit();
  };
  const isNext = (on: Place['on'], when: Place['when']): boolean =>
    at.on === on && at.when === when && !isSpent;
  const { intents, files } = deps.storage;

  const intentPath = (ref: ShardRef, { intent }: IntentHead): string =>
    files.locate(
      `batches/${ref.batchId.replace('cardlift/', '')}/pass-${ref.pass}/shard-${ref.shard}/intents/${row}.${intent}`,
    );
  const sealOf = async (ref: ShardRef, { intent }: IntentHead): Promise<IntentSeal> => ({
    integrity: await deps.storage.integrity(),
    place: placeOfIntent(ref, row, intent),
  });
  const watchedIntent = (ref: ShardRef, head: IntentHead, own: OwnIntent): OwnIntent => ({
    async writeResult(end) {
      reach('end', 'before');
      if (isNext('end', 'half')) {
        writeHalf(intentPath(ref, head), 'r+', encodeResult(end, await sealOf(ref, head)), resultOffset);
        reach('end', 'half');
      }
      await own.writeResult(end);
      isRowEnded = true;
      reach('end', 'after');
    },
  });
  const watchedIntents: IntentStore = {
    ...intents,
    async create(ref, head) {
      if (head.row !== row) return await intents.create(ref, head);
      reach('intent', 'before');
      if (isNext('intent', 'half')) {
        writeHalf(intentPath(ref, head), 'wx', encodeNewIntent(head, await sealOf(ref, head)), 0);
        reach('intent', 'half');
      }
      const own = await intents.create(ref, head);
      reach('intent', 'after');
      return own === undefined ? undefined : watchedIntent(ref, head, own);
    },
    async seal(ref, reason) {
      reach('seal', 'before');
      await intents.seal(ref, reason);
      reach('seal', 'after');
    },
    async remove(ref, removed) {
      reach('removal', 'before');
      if (isNext('removal', 'half')) {
        await intents.remove(ref, removed.slice(0, Math.ceil(removed.length / 2)));
        reach('removal', 'half');
      }
      await intents.remove(ref, removed);
      reach('removal', 'after');
    },
  };
  const watchedFiles: FileStore = {
    ...files,
    async createExclusive(key, content) {
      if (at.on !== 'file' || !key.endsWith(at.key)) return await files.createExclusive(key, content);
      reach('file', 'before');
      if (isNext('file', 'half')) {
        writeHalf(`${dirname(files.locate(key))}/.${at.key}.cutshort.tmp`, 'w', Buffer.from('{"deci'), 0);
        reach('file', 'half');
      }
      const isMade = await files.createExclusive(key, content);
      reach('file', 'after');
      return isMade;
    },
    async replace(key, content) {
      if (at.on !== 'file' || !key.endsWith(at.key)) return await files.replace(key, content);
      reach('file', 'before');
      if (isNext('file', 'half')) {
        const path = files.locate(key);
        // An interrupted replacement leaves a temporary file beside the target.
        writeHalf(`${dirname(path)}/.${at.key}.cutshort.tmp`, 'w', Buffer.from('row,merchant_ref'), 0);
        reach('file', 'half');
      }
      await files.replace(key, content);
      reach('file', 'after');
    },
    async draft(key) {
      const draft = await files.draft(key);
      if (at.on !== 'file' || !key.endsWith(at.key)) return draft;
      reach('file', 'before');
      return {
        ...draft,
        async write(text) {
          await draft.write(text);
          // The first part is written and the last is not.
          reach('file', 'half');
        },
        async commit() {
          await draft.commit();
          reach('file', 'after');
        },
      };
    },
  };
  return {
    ...deps,
    storage: { ...deps.storage, intents: watchedIntents, files: watchedFiles },
    gateway: {
      ...deps.gateway,
      async tokenize(request) {
        if (request.row.row !== row) return await deps.gateway.tokenize(request);
        reach('request', 'before');
        const answer = deps.gateway.tokenize(request);
        if (isNext('request', 'half')) {
          await failpoint.untilCharged(request.merchantTxnRef);
          reach('request', 'half');
        }
        const exchange = await answer;
        reach('request', 'after');
        return exchange;
      },
    },
    rateLimiter: {
      refused: (refusal) => deps.rateLimiter.refused(refusal),
      stop: () => deps.rateLimiter.stop(),
      concurrencyUpdate: (batchId) => deps.rateLimiter.concurrencyUpdate(batchId),
      hasRowsFor: (batchId, ms) => deps.rateLimiter.hasRowsFor(batchId, ms),
      async enter(...input) {
        const entry = await deps.rateLimiter.enter(...input);
        if (entry.kind !== 'permit') return entry;
        permits += 1;
        // A play's batch sends one row at a time, in order.
        if (permits === row) reach('permit', 'after');
        return {
          kind: 'permit',
          slot: () => entry.slot(),
          sent: () => entry.sent(),
          answered: () => entry.answered(),
          release() {
            entry.release();
            if (isRowEnded) reach('release', 'after');
          },
        };
      },
    },
  };
}

function writeHalf(path: string, flags: string, bytes: Buffer, position: number): void {
  const used = bytes.toString('utf8').trimEnd().length;
  // The first file of a folder creates the folder.
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, flags, 0o600);
  writeSync(file, bytes, 0, Math.ceil(used / 2), position);
  closeSync(file);
}
