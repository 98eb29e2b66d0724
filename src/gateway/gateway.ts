import type { RowLimits } from '../domain/row-limits.ts';
import type { SendableRow } from '../domain/staged-row.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Exchange } from './exchange.ts';

/** One tokenization request. */
export interface TokenizeRequest {
  readonly row: SendableRow;
  readonly merchantId: string;
  readonly merchantTxnRef: string;
  /** The time from sending the request to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Called when the request's first byte leaves; never called if no connection is made. */
  readonly onSending?: () => void;
}

/** What happened in one send, and what it means for the row. */
export interface Tokenization {
  readonly exchange: Exchange;
  readonly verdict: Verdict;
}

/** The names of a gateway's settings, for messages that say what to check. */
export interface GatewaySettingNames {
  readonly baseUrl: string;
  readonly keys: readonly string[];
}

/**
 * The gateway as the send protocol sees it. An implementation sends once, never follows a redirect
 * and never retries.
 */
export interface Gateway {
  /** What it accepts of a row. */
  readonly limits: RowLimits;
  readonly settingNames: GatewaySettingNames;
  /** Sends the request once. Never throws: every failure is an exchange with its verdict. */
  tokenize(request: TokenizeRequest): Promise<Tokenization>;
  /** Announces card numbers about to be sent: no answer may bring one into another row's fields. */
  rememberCards?(cardNumbers: Iterable<string>): void;
  close(): Promise<void>;
}
