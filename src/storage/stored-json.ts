/* Reading the storage's own JSON back: what cannot be read is told by its place, never by its content. */
import type { z } from 'zod';

/** A file of the storage that cannot be read: it was damaged, or another version of Cardlift wrote it. */
export class StoredFileError extends Error {
  override readonly name = 'StoredFileError';
}

/** Parses what Cardlift wrote. `place` is where a person finds it. Throws StoredFileError. */
export function parseStored<Stored>(schema: z.ZodType<Stored>, text: string, place: string): Stored {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The parser's own words quote the text.
    throw new StoredFileError(`Cannot use ${place}: it is damaged, or another version of Cardlift wrote it`);
  }
}
