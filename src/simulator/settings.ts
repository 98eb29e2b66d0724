import { z } from 'zod';
import { areSharesPossible } from './fault-choice.ts';
import { faultNames } from './faults.ts';

/** The switches that can be changed while the simulator runs, each for all requests from then on. */
export const simulatorSettingsSchema = z.strictObject({
  /** False: every request gets 401, whatever its keys. */
  isAuthorizationValid: z.boolean().default(true),
  /** Requests admitted in any one second; above it 429 with Retry-After: 1. Null: no limit. */
  ratePerS: z.int().min(1).nullable().default(null),
  /** How long every answer to a payment takes. A charge is made before the wait. */
  latencyMs: z.int().min(0).max(600_000).default(0),
  /** How much longer the `slow` fault takes. */
  slowMs: z.int().min(0).max(600_000).default(2_000),
  /** What the answers say of themselves as `is_live`. */
  isLive: z.boolean().default(false),
  /** A fault for all requests, in place of their own and of chance. */
  forcedFault: z.enum(faultNames).nullable().default(null),
});

export type SimulatorSettings = z.infer<typeof simulatorSettingsSchema>;

/** What the simulator is started with. Everything has a default. */
export const simulatorOptionsSchema = z.strictObject({
  /** The one value of the Authorization header that is let in. */
  authorization: z.string().min(1).default('Basic simulator'),
  /** The one value of the x-api-key header that is let in. */
  xApiKey: z.string().min(1).default('simulator'),
  /** Chooses which requests meet the faults by chance. */
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  /** The share of requests that meet a fault by chance, each from 0 to 1. */
  faults: z
    .partialRecord(z.enum(faultNames), z.number().min(0).max(1))
    .default({})
    .refine(areSharesPossible, 'The shares of the faults are more than 1 together'),
  /** A file of JSON lines that keeps the charges over a restart; beside it, `FILE.key` keeps the fingerprints' key. */
  ledgerFile: z.string().min(1).optional(),
  settings: simulatorSettingsSchema.prefault({}),
});

/** The keys that a request must carry, as they are on the wire. */
export interface Keys {
  readonly authorization: string;
  readonly xApiKey: string;
}

/** The options as a caller gives them. */
export type SimulatorOptions = z.input<typeof simulatorOptionsSchema>;
