/*
 * Card numbers that are published for tests. A live batch with one of them is a file from the wrong
 * place.
 */
const testCards: ReadonlySet<string> = new Set([
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '3566111111111113',
  '6011111111111117',
  '2222420000001113',
  '5200000000001005',
  '6759560045005727054',
  '8171999900000000021',
]);

/** True for a well-known test card or one of the gateway's own. `cardNumber`: digits only. */
export function isTestCard(cardNumber: string, ownTestCards: readonly string[]): boolean {
  return testCards.has(cardNumber) || ownTestCards.includes(cardNumber);
}
