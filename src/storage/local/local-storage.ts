import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { storageIdKey } from '../layout.ts';
import type { Storage } from '../storage.ts';
import { makeFolder } from './durable.ts';
import { createLocalFiles } from './local-files.ts';
import { createLocalNotes } from './local-notes.ts';

const storageIdSchema = z.object({ id: z.uuid() });

/** The storage in a folder of this machine; the folder and its id are made at first use. */
export async function openLocalStorage(root: string): Promise<Storage> {
  await makeFolder(root);
  const files = createLocalFiles(root);
  await files.createExclusive(storageIdKey, `${JSON.stringify({ id: randomUUID() })}\n`);
  const content = await files.read(storageIdKey);
  const parsed = storageIdSchema.safeParse(parseJson(content?.toString('utf8')));
  if (!parsed.success) {
    throw new Error(`Cannot use the storage: ${files.locate(storageIdKey)} does not hold its id`);
  }
  return { id: parsed.data.id, files, notes: createLocalNotes(root) };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
