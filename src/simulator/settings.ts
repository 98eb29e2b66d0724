import { z } from 'zod';
import { areSharesPossible } from './fault-choice.ts';
import { faultNames } from './faults.ts';

/** Settings that can change while the simulator runs. They apply to all later requests. */
export const simulatorSettingsSchema = z.strictObject({
  /** False: every request gets 401. */
  isAuthorizationValid: z.boolean().default(true),
  /** Requests admitted per second; above it 429 with Retry-After: 1. Null: no limit. */
  ratePerS: z.int().min(1).nullable().default(null),
  /** Delay of every answer to a payment. The charge is made before the delay. */
  latencyMs: z.int().min(0).max(600_000).default(0),
  /** Additional delay of the `slow` fault. */
  slowMs: z.int().min(0).max(600_000).default(2_000),
  /** The value of `is_live` in answers. */
  isLive: z.boolean().default(false),
  /** The fault of every request, instead of card faults and random faults. Null: none. */
  forcedFault: z.enum(faultNames).nullable().default(null),
});

export type SimulatorSettings = z.infer<typeof simulatorSettingsSchema>;

/** The simulator's options. All have defaults. */
export const simulatorOptionsSchema = z.strictObject({
  /** The accepted Authorization header. */
  authorization: z.string().min(1).default('Basic simulator'),
  /** The accepted x-api-key header. */
  xApiKey: z.string().min(1).default('simulator'),
  /** Determines which requests get random faults. */
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  /** Probability of each random fault, from 0 to 1. */
  faults: z
    .partialRecord(z.enum(faultNames), z.number().min(0).max(1))
    .default({})
    .refine(areSharesPossible, 'The shares of the faults are more than 1 together'),
  /**
   * A JSON lines file that keeps the charges across restarts. `FILE.key` beside it keeps the key
   * for fingerprints.
   */
  ledgerFile: z.string().min(1).optional(),
  settings: simulatorSettingsSchema.prefault({}),
});

/** The keys that a request must carry, as sent. */
export interface Keys {
  readonly authorization: string;
  readonly xApiKey: string;
}

/** The options as a caller gives them. */
export type SimulatorOptions = z.input<typeof simulatorOptionsSchema>;
