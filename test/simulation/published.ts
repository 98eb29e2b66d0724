/* Compares what a seed has published with the ledger, and with what its processes know. */
import { createHash } from 'node:crypto';
import { resultKey } from '../../src/storage/layout.ts';
import { batchId } from '../support/batches.ts';
import { complaintsAbout, type OracleInput } from './oracle.ts';
import type { World } from './world.ts';

export type Known = Pick<OracleInput, 'tokens' | 'tokenizedRows'>;

/** The tokens that an intent held durably, and those that a living process holds. */
export function tokensToFind({ durableTokens, heldTokens }: World): Known {
  const held = [...heldTokens].filter(([, { process }]) => process.isAlive);
  return { tokens: new Map([...durableTokens, ...held.map(([row, { token }]) => [row, token] as const)]) };
}

/**
 * True between two steps of a publisher: the files are those of two publications, which their
 * digests show. The next reader completes the last one.
 */
export function isBetweenPublications({ disk }: World): boolean {
  const manifest = disk.file(resultKey(batchId, 'manifest.json'))?.bytes.toString();
  const results = disk.file(resultKey(batchId, 'results.csv'))?.bytes;
  if (manifest === undefined || results === undefined) return false;
  const { sha256 } = JSON.parse(manifest) as { readonly sha256: Readonly<Record<string, string>> };
  return createHash('sha256').update(results).digest('hex') !== sha256['results.csv'];
}

export function complaintsAboutPublished(
  world: World,
  rows: number,
  charges: OracleInput['charges'],
  known: Known,
): string[] {
  const text = (file: 'results.csv' | 'manifest.json') =>
    world.disk.file(resultKey(batchId, file))?.bytes.toString();
  return complaintsAbout({
    charges,
    merchantRefs: Array.from({ length: rows }, (_, index) => `ref-${index + 1}`),
    ...{ resultsCsv: text('results.csv'), manifestJson: text('manifest.json') },
    unseenSeals: world.unseenSeals,
    ...known,
  });
}
