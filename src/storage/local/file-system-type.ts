/*
 * Whether a folder is on a network file system. There a worker may read what was true seconds ago:
 * cached attributes and negative look-ups hide a send intent or a seal that another machine has
 * just created, and an exclusive create or a durable write may be less than it says.
 */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from './durable.ts';

/** The type of the file system that holds a path, as statfs(2) reports it. */
export type FileSystemTypeReader = (path: string) => Promise<bigint>;

/** From the kernel's linux/magic.h, and for AFS and Lustre from their own sources. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
]);

const readType: FileSystemTypeReader = async (path) => (await statfs(path, { bigint: true })).type;

/**
 * The name of the network file system that will hold the folder, which need not exist yet.
 * Undefined if it is a local one.
 */
export async function findNetworkFileSystem(
  folder: string,
  typeOf: FileSystemTypeReader = readType,
): Promise<string | undefined> {
  try {
    // Some platforms report the type as a signed number.
    return networkTypes.get(Number(BigInt.asUintN(32, await typeOf(folder))));
  } catch (error) {
    const parent = dirname(folder);
    if (errorCodeOf(error) !== 'ENOENT' || parent === folder) throw error;
    return await findNetworkFileSystem(parent, typeOf);
  }
}
