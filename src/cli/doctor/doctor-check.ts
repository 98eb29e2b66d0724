/** The result of one check of `doctor`. JSON-safe. */
export interface Check {
  readonly name: 'settings' | 'gateway' | 'clock' | 'storage' | 'key' | 'retention' | 'temporal' | 'worker';
  /** `warn`: works, but needs attention. `fail`: a batch cannot start or continue. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do, in one sentence. */
  readonly remedy?: string;
  /** What to type. */
  readonly command?: string;
}

/** The first batch creates the storage and the key, so a missing one is no failure. */
export const notCreatedYet = 'does not exist yet; the first batch creates it';
