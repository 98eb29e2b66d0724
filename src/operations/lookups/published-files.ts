/* The files that publications write for people. */
import type { AppContext } from '../../app/app-context.ts';
import { batchFolder, type ResultFile, resultKey } from '../../storage/layout.ts';

export { type ResultFile, resultFiles } from '../../storage/layout.ts';

/** The path or address of the file, for people. */
export async function locateResult(
  context: Pick<AppContext, 'storage'>,
  batchId: string,
  name: ResultFile,
): Promise<string> {
  return (await context.storage()).files.locate(resultKey(batchId, name));
}

/** The file's content, or undefined if the batch has none. */
export async function readResult(
  context: Pick<AppContext, 'storage'>,
  batchId: string,
  name: ResultFile,
): Promise<Buffer | undefined> {
  return await (await context.storage()).files.read(resultKey(batchId, name));
}

/** The path or address of the batch's folder in the storage, for people. */
export async function locateBatchFolder(
  context: Pick<AppContext, 'storage'>,
  batchId: string,
): Promise<string> {
  return (await context.storage()).files.locate(batchFolder(batchId));
}
