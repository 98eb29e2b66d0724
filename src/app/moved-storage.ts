/*
 * A copy of a storage is not a second storage: sent from both, a card is charged twice. So nothing
 * is sent from a storage that is not where it was registered, until a person confirms the move.
 */
import { ConfigError } from '../config.ts';
import { readPlace, registerPlace } from '../storage/local/storage-place.ts';
import type { AppContext } from './app-context.ts';

/** What a moved storage may be, after its path. */
export const movedStorageText =
  'is not where it was registered: it is a copy, was restored from a backup, or is on another machine';
export const movedStorageRemedy =
  'Use the original. If it is gone for good, or nothing will ever be sent from it again, type `cardlift confirm-move`';

/** Call it before a process sends. Registers a new storage. Throws ConfigError. */
export async function refuseMovedStorage(context: Pick<AppContext, 'config' | 'storage'>): Promise<void> {
  const { storageFolder } = context.config;
  // Creates the folder.
  await context.storage();
  const state = await readPlace(storageFolder);
  if (state === 'unregistered') await registerPlace(storageFolder);
  if (state !== 'moved') return;
  throw new ConfigError(
    `The storage ${storageFolder} ${movedStorageText}. Nothing was started, since rows that were sent from the original would be charged again. ${movedStorageRemedy}`,
  );
}
