/**
 * Temporal knows the batch from another configuration, whose storage knows which of its cards were
 * charged.
 */
export class ForeignBatchError extends Error {
  override readonly name = 'ForeignBatchError';
}
