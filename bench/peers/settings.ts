/* The settings that the bench passes to the peers; the same for all. */

const read = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: the bench starts this program`);
  return value;
};

export const settings = {
  inputFile: read('PEER_INPUT'),
  resultFile: read('PEER_RESULTS'),
  /** Requests per second; 0 for no limit. */
  ratePerS: Number(read('PEER_RATE')),
  concurrency: Number(read('PEER_CONCURRENCY')),
  timeoutMs: Number(read('PEER_TIMEOUT_MS')),
  baseUrl: read('PAYMENT_OPTIONS_BASE_URL'),
  authorization: read('PAYMENT_OPTIONS_AUTHORIZATION'),
  apiKey: read('PAYMENT_OPTIONS_X_API_KEY'),
} as const;

/** For peers that need a service. */
export const temporalAddress = (): string => read('TEMPORAL_ADDRESS');
export const redisPort = (): number => Number(read('PEER_REDIS_PORT'));
