/** The secrets that requests carry, by the names of their settings. */
export type GatewayKeys = Readonly<Record<string, string>>;
