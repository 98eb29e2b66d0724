import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
const manifest = packageSchema.parse(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
);

/** The versions of Cardlift, Node and Temporal's SDK. */
export const versions = {
  cardlift: manifest.version,
  node: process.versions.node,
  temporalSdk: manifest.dependencies['@temporalio/worker'] ?? '',
} as const;
