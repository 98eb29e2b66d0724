import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { storageIdKey } from '../layout.ts';
import type { Storage } from '../storage.ts';
import { makeFolder } from './durable.ts';
import { createLocalFiles } from './local-files.ts';
import { createLocalIntents } from './local-intents.ts';
import { createLocalSlots } from './local-slots.ts';

/** Counts the changes of what lies where and how; a storage of another version is left alone. */
const storageVersion = 1;
const storageIdSchema = z.object({ version: z.literal(storageVersion), id: z.uuid() });
const versionSchema = z.object({ version: z.int() });

/** The storage in a folder of this machine; the folder and its id are made at first use. */
export async function openLocalStorage(root: string): Promise<Storage> {
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
        `Cannot use the storage: ${files.locate(storageIdKey)} says version ${version}, and this Cardlift reads version ${storageVersion}. Use the Cardlift that made it`,
      );
    }
    throw new Error(`Cannot use the storage: ${files.locate(storageIdKey)} does not hold its id`);
  }
  return { id: parsed.data.id, files, intents: createLocalIntents(root), slots: createLocalSlots(root) };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
