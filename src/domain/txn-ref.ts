/**
 * The `merchant_txn_ref` of one send: at most 45 ASCII characters, unique per send. A person who
 * knows the batch and the row can find it in the gateway's dashboard. `batchTag` has only letters,
 * so that no run of digits can look like a card number.
 */
export function merchantTxnRefOf(batchTag: string, pass: number, row: number, intent: number): string {
  return `${batchTag}-p${pass}-r${row}-n${intent}`;
}

const tagLength = 12;

/** 12 letters derived from a digest, which distinguish 9.5e16 batches. */
export function batchTagOf(digest: Uint8Array): string {
  return Array.from(digest.slice(0, tagLength), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
