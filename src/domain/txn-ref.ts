/** The longest reference. A provider whose gateway accepts less cannot be used. */
export const merchantTxnRefMaxLength = 45;

/**
 * The `merchant_txn_ref` of one send: ASCII, different for each send, and found again in the
 * gateway's dashboard by a person who knows the batch and the row. `batchTag` is letters only, so
 * that no run of digits in it can look like a card number.
 */
export function merchantTxnRefOf(batchTag: string, pass: number, row: number, intent: number): string {
  return `${batchTag}-p${pass}-r${row}-n${intent}`;
}

const tagLength = 12;

/** Letters made of a digest's bytes. 12 of them distinguish 9.5e16 batches. */
export function batchTagOf(digest: Uint8Array): string {
  return Array.from(digest.slice(0, tagLength), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
