/* Compares what a seed has published with the ledger, and with what its processes know. */
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
