import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createIntegrity, type Integrity, type OperatorKeySource } from '../integrity.ts';
import { storageIdKey } from '../layout.ts';
import type { Storage } from '../storage.ts';
import { parseJson } from '../stored-json.ts';
import { makeFolder } from './durable.ts';
import { createLocalFiles } from './local-files.ts';
import { createLocalIntents } from './local-intents.ts';
import { createLocalSlots } from './local-slots.ts';

/**
 * Increases with each incompatible change of the layout or the formats. A storage of another
 * version is not touched.
 */
const storageVersion = 2;
const storageIdSchema = z.object({ version: z.literal(storageVersion), id: z.uuid() });
const versionSchema = z.object({ version: z.int() });

/**
 * Opens the storage in a folder on this machine; creates the folder and its id on first use. Throws
 * an Error if its version is not ours or its id is damaged.
 */
export async function openLocalStorage(root: string, operatorKey: OperatorKeySource): Promise<Storage> {
  await makeFolder(root);
  const files = createLocalFiles(root);
  await files.createExclusive(
    storageIdKey,
    `${JSON.stringify({ version: storageVersion, id: randomUUID() })}\n`,
  );
  const content = await files.read(storageIdKey);
  const json = parseJson(content?.toString('utf8'));
  const parsed = storageIdSchema.safeParse(json);
  if (!parsed.success) {
    const { version } = versionSchema.safeParse(json).data ?? {};
    if (version !== undefined && version !== storageVersion) {
      throw new Error(
        `Cannot use the storage: ${files.locate(storageIdKey)} has version ${version}, but this Cardlift reads version ${storageVersion}. Use the Cardlift that created it`,
      );
    }
    throw new Error(`Cannot use the storage: ${files.locate(storageIdKey)} contains no storage id`);
  }
  const { id } = parsed.data;
  let opened: Promise<Integrity> | undefined;
  const integrity = (): Promise<Integrity> => {
    opened ??= operatorKey().then((key) => createIntegrity(key, id));
    return opened;
  };
  return {
    id,
    files,
    intents: createLocalIntents({ root, storageId: id, files, integrity }),
    slots: createLocalSlots(root),
    integrity,
  };
}
