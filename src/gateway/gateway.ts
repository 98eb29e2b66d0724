import type { Exchange } from '../domain/exchange.ts';
import type { SendableRow } from '../domain/staged-row.ts';

/** One tokenization request, as the caller wants it. */
export interface TokenizeRequest {
  readonly row: SendableRow;
  readonly merchantId: string;
  readonly merchantTxnRef: string;
  /** From the request's being sent to its answer's last byte. */
  readonly timeoutMs: number;
  /** Called when the request's first byte goes out; not at all where the gateway cannot be reached. */
  readonly onSending?: () => void;
}

/** The gateway as the send protocol sees it. An implementation sends once, never follows a redirect, never retries. */
export interface Gateway {
  /** Sends the request once. Never throws: whatever happens is an exchange for the verdict to judge. */
  tokenize(request: TokenizeRequest): Promise<Exchange>;
  /** Tells of card numbers that are about to be sent: no answer may bring one of them into another row's texts or ids. */
  rememberCards?(cardNumbers: Iterable<string>): void;
  close(): Promise<void>;
}
