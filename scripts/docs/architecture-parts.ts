/*
 * The generated part of ARCHITECTURE.md: the folders of src, with the arrows that test/architecture
 * enforces.
 */
import { type Layer, layers } from '../../test/architecture/layers.ts';
import { codeOf, tableOf } from './markdown.ts';

/**
 * The contents of each folder of src. A folder without a text, or a text without a folder, is an
 * error.
 */
const folderTexts: Readonly<Record<string, string>> = {
  'starter.ts': 'the command line, wiring only',
  'worker.ts': 'the permanent worker, wiring only',
  cli: 'front end: options, terminal, exit codes; `commands/` (one file each), `output/`, `doctor/`',
  'cli/doctor': 'checks each part of the machine on its own',
  'cli/commands/simulate.ts': 'starts the simulated gateway',
  operations: 'what an operator can do, without a terminal: launch, redrive, resolve, purge, controls',
  app: 'composition root: settings to storage, gateway, rate limiter, activity dependencies',
  workflows: 'deterministic: the batch, its shards, steering, holds',
  activities: 'where Temporal meets the world; `tokenize-row.ts` is the send protocol',
  temporal: 'connection, worker, embedded server',
  'rate-limit': 'when a request may leave: slots that all workers share, admission, back-off',
  gateway: 'the HTTP client and the verdict; `payment-options/` has everything specific to the provider',
  storage: 'files, send intents, encryption, the record and index of batches',
  input: 'CSV to rows',
  results: 'outcomes to result files',
  contract: 'JSON-safe names, ids, codes and types that histories store',
  domain: 'pure rules: cards, rows, holds, tallies; no I/O, no clock',
  simulator: "a gateway with faults and a ledger; shares no code with the client's side",
  'config.ts': 'the only reader of the environment',
  'logger.ts': 'the only logger, with its redaction list',
};

/** The part by name. */
export function createArchitectureParts(): Record<string, string> {
  const names = Object.keys(folderTexts);
  const difference = [
    ...Object.keys(layers).filter((name) => !names.includes(name)),
    ...names.filter((name) => layers[name] === undefined),
  ];
  if (difference.length > 0) {
    throw new Error(`scripts/docs/architecture-parts.ts and the layers differ: ${difference.join(', ')}`);
  }
  return {
    arrows: tableOf(
      ['in `src`', 'what is in it', 'imports'],
      names.map((name) => [codeOf(name), folderTexts[name] ?? '', describeArrows(layers[name])]),
    ),
  };
}

function describeArrows(layer: Layer | undefined): string {
  const imports = layer?.ours.join(', ') ?? '';
  const types = layer?.types === undefined ? '' : `types of ${layer.types.join(', ')}`;
  return [imports, types].filter((part) => part !== '').join('; ') || 'nothing';
}
