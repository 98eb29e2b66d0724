import type { Exchange } from '../../src/gateway/exchange.ts';

/** An exchange without its kept bytes: what the verdict reads. */
export function withoutRaw(exchange: Exchange): Exchange {
  if (!('raw' in exchange)) return exchange;
  const { raw: _, ...rest } = exchange;
  return rest;
}
