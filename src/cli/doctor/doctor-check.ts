/** One word of `doctor` on one thing. JSON-safe. */
export interface Check {
  readonly name: 'settings' | 'gateway' | 'clock' | 'storage' | 'key' | 'retention' | 'temporal' | 'worker';
  /** `warn`: works, and deserves a look. `fail`: a batch cannot start or go on. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do, in a sentence. */
  readonly remedy?: string;
  /** What to type. */
  readonly command?: string;
}

/** What the first batch makes is no fault where it is missing. */
export const notMadeYet = 'is not there yet; the first batch makes it';

/** True where the check found that something is still to be made. */
export const isNotMadeYet = ({ text }: Check): boolean => text.endsWith(notMadeYet);
