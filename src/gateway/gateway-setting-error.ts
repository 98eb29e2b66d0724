/**
 * A provider's setting that cannot be used. The message names the variable and the remedy, never
 * its value.
 */
export class GatewaySettingError extends Error {
  override readonly name = 'GatewaySettingError';
}
