/* The manifest of a publication, which is also its record: see publication-files.ts. */
import { z } from 'zod';
import { type OutcomeCounts, rowOutcomes } from '../contract/outcome.ts';
import { concurrencyOf } from '../domain/concurrency.ts';
import { formatWindow } from '../domain/send-window.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { publicationKey, publicationsFolder, resultKey } from '../storage/layout.ts';
import type { PassPlan } from '../storage/pass-plan.ts';
import type { Storage } from '../storage/storage.ts';
import { parseStored } from '../storage/stored-json.ts';
import type { SharedTokens } from './shared-tokens.ts';

const manifestSchema = z.object({
  batch_id: z.string(),
  merchant_id: z.string(),
  /** The last pass included in the results. */
  pass: z.int(),
  status: z.enum(['finished', 'cancelled']),
  /** Number of the publication, from 1. One that changes nothing takes no number. */
  version: z.int(),
  input: z.object({ file: z.string(), sha256: z.string(), rows: z.int() }),
  outcomes: z.record(z.enum(rowOutcomes), z.int()),
  error_codes: z.record(z.string(), z.int()),
  charged: z.record(z.string(), z.string()),
  /** Amounts of the `unknown` rows, by currency. */
  possibly_charged: z.record(z.string(), z.string()),
  /** Rows that a person must examine: docs/results.md. */
  contradictions: z.int(),
  /** Tokens returned for different cards: docs/results.md. */
  shared_tokens: z.object({ rows: z.int(), groups: z.array(z.array(z.int()).readonly()).readonly() }),
  /** Number of resolution records included in the results. */
  resolutions: z.int(),
  sha256: z.record(z.string(), z.string()),
  settings: z.object({ is_live: z.boolean(), base_url: z.string() }),
  started_at: z.string(),
  published_at: z.string(),
});

/** The part of a published manifest that commands read. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of the last publication, or undefined if the batch is not published. */
export async function readManifest(storage: Storage, batchId: string): Promise<Manifest | undefined> {
  const number = await lastPublicationOf(storage, batchId);
  return number === 0 ? undefined : await readManifestAt(storage, publicationKey(batchId, number));
}

/** The number of the last publication; 0 if there is none. */
export async function lastPublicationOf(storage: Storage, batchId: string): Promise<number> {
  const names = await storage.files.list(publicationsFolder(batchId));
  return Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
}

/** `manifest.json` as people and scripts see it, which may be older than the last publication. */
export function readShownManifest(storage: Storage, batchId: string): Promise<Manifest | undefined> {
  return readManifestAt(storage, resultKey(batchId, 'manifest.json'));
}

/** With all its fields, so that it can be written again. Throws StoredFileError. */
async function readManifestAt(storage: Storage, key: string): Promise<Manifest | undefined> {
  const content = await storage.files.read(key);
  return content === undefined
    ? undefined
    : parseStored(manifestSchema.loose(), content.toString('utf8'), storage.files.locate(key));
}

export interface ManifestInput {
  readonly record: BatchRecord;
  readonly rows: number;
  readonly plans: readonly PassPlan[];
  readonly resolutions: number;
  readonly isCancelled: boolean;
  readonly version: number;
  readonly publishedAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: OutcomeCounts;
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly charged: Record<string, string>;
  readonly possiblyCharged: Record<string, string>;
  readonly contradictions: number;
  readonly sharedTokens: SharedTokens;
  readonly hashes: Record<string, string>;
}

/** Creates the manifest of a publication. */
export function createManifest(input: ManifestInput): Manifest {
  const { record, counts } = input;
  const manifest = {
    batch_id: record.batchId,
    merchant_id: record.merchantId,
    version: input.version,
    pass: input.plans.length + 1,
    status: input.isCancelled ? ('cancelled' as const) : ('finished' as const),
    input: {
      file: record.file.name,
      bytes: record.file.bytes,
      sha256: record.file.sha256,
      rows: input.rows,
    },
    earlier_results: (record.earlierResults?.files ?? []).map(({ name, sha256, batchId }) => ({
      file: name,
      sha256,
      batch_id: batchId ?? null,
    })),
    outcomes: Object.fromEntries(
      rowOutcomes.map((outcome) => [outcome, counts[outcome] ?? 0]),
    ) as Manifest['outcomes'],
    error_codes: Object.fromEntries(Object.entries(input.errorCodes).sort()),
    charged: input.charged,
    possibly_charged: input.possiblyCharged,
    contradictions: input.contradictions,
    shared_tokens: input.sharedTokens,
    resolutions: input.resolutions,
    redrives: input.plans.map(({ pass, createdAt, createdBy, rows, file }) => ({
      pass,
      rows,
      ...(file === undefined ? {} : { file: file.name, sha256: file.sha256 }),
      by: createdBy,
      at: createdAt,
    })),
    sha256: input.hashes,
    settings: {
      amount: record.amount ?? null,
      currency: record.currency ?? null,
      columns: record.mapping ?? null,
      encoding: record.encoding ?? 'utf-8',
      is_live: record.isLive,
      base_url: record.baseUrl,
      rate_per_s: record.ratePerS ?? null,
      concurrency: concurrencyOf(record),
      window: record.window === undefined ? null : formatWindow(record.window),
      canary_rows: record.canaryRows ?? null,
      tolerate_percent: record.tolerancePercent ?? null,
      gateway_timeout_ms: record.gatewayTimeoutMs,
    },
    versions: input.versions,
    started_at: record.createdAt,
    published_at: input.publishedAt,
  };
  return manifest;
}
