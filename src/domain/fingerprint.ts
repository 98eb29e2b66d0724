/** 96 bits of a keyed digest, as three unsigned 32-bit words. */
export interface Fingerprint {
  readonly high: number;
  readonly middle: number;
  readonly low: number;
}
