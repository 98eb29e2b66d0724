/*
 * Test numbers published by schemes and gateways. A live batch that contains one is the wrong file.
 */
const testCards: ReadonlySet<string> = new Set([
  '4000000000001091',
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

/** True for a well-known test card. `cardNumber`: digits only. */
export function isTestCard(cardNumber: string): boolean {
  return testCards.has(cardNumber);
}
