/*
 * The send protocol relies on what a local file system guarantees. So nothing is sent from a
 * storage on a network file system, unless the operator has allowed it.
 */
import { ConfigError } from '../config.ts';
import { findNetworkFileSystem } from '../storage/local/file-system-type.ts';
import type { AppContext } from './app-context.ts';

type StoragePlace = Pick<AppContext, 'config' | 'fileSystemType'>;

/** What a network file system loses, after its name: `NFS`. */
export const networkStorageLoss =
  'may hide a send intent or a seal that another machine has just created, so rows may be charged twice';

/** The name of the network file system of the storage, or undefined. */
export function findNetworkStorage({ config, fileSystemType }: StoragePlace): Promise<string | undefined> {
  return findNetworkFileSystem(config.storageFolder, fileSystemType);
}

/** Call it before a process sends. Throws ConfigError. */
export async function refuseNetworkStorage(place: StoragePlace): Promise<void> {
  if (place.config.allowsNetworkStorage) return;
  const found = await findNetworkStorage(place);
  if (found === undefined) return;
  throw new ConfigError(
    `The storage ${place.config.storageFolder} is on a network file system (${found}), which ${networkStorageLoss}. Nothing was started. Set CARDLIFT_STORAGE to a folder on a disk of this machine. To accept the risk, set CARDLIFT_ALLOW_NETWORK_STORAGE=true`,
  );
}
