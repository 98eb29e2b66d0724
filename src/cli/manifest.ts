import { z } from 'zod';
import { rowOutcomes } from '../contract/outcome.ts';
import { resultKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';

const manifestSchema = z.object({
  batch_id: z.string(),
  status: z.enum(['finished', 'cancelled']),
  input: z.object({ rows: z.int() }),
  outcomes: z.record(z.enum(rowOutcomes), z.int()),
  charged: z.record(z.string(), z.string()),
  published_at: z.string(),
});

/** What the commands read of a published batch's manifest. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest, or undefined where the batch is not published. */
export async function readManifest(storage: Storage, batchId: string): Promise<Manifest | undefined> {
  const content = await storage.files.read(resultKey(batchId, 'manifest.json'));
  return content === undefined ? undefined : manifestSchema.parse(JSON.parse(content.toString('utf8')));
}
