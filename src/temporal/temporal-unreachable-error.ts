/** Temporal is unreachable, or there is none. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}
