/* Parses the storage's own JSON. Errors name the file, never its content. */
import type { z } from 'zod';

/** A stored file is damaged, or another version of Cardlift wrote it. */
export class StoredFileError extends Error {
  override readonly name = 'StoredFileError';
}

/** Parses what Cardlift wrote. `path`: where a person finds the file. Throws StoredFileError. */
export function parseStored<Stored>(schema: z.ZodType<Stored>, text: string, path: string): Stored {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The parser's own message quotes the content.
    throw new StoredFileError(`Cannot use ${path}: it is damaged, or another version of Cardlift wrote it`);
  }
}

/** The parsed JSON, or undefined if the text is missing or is not JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
