import type { RowLimits } from '../domain/row-limits.ts';
import type { GatewayApi } from './gateway-api.ts';

/** A key that requests to the gateway carry. Its setting is a secret and has no default. */
export interface KeySetting {
  /** For the table of settings: what it is, in a phrase. */
  readonly meaning: string;
}

/** The environment variables that a provider reads. Their names are its own. */
export interface ProviderSettings<KeyName extends string = string> {
  readonly baseUrl: {
    readonly name: string;
    readonly meaning: string;
    /** The default, and the one address whose payments are tests. */
    readonly sandboxUrl: string;
  };
  readonly timeoutMs: { readonly name: string; readonly defaultMs: number };
  /** By the names of their variables. Each is required for sending. */
  readonly keys: Readonly<Record<KeyName, KeySetting>>;
  /** How to give the keys, in a phrase. */
  readonly keysHint: string;
}

/** A company whose gateway stores cards: all that Cardlift knows of it. */
export interface Provider<KeyName extends string = string> {
  /** For CARDLIFT_GATEWAY: small letters, digits and dashes. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly settings: ProviderSettings<KeyName>;
  readonly limits: RowLimits;
  /** The longest reference of a request that it accepts. */
  readonly maxMerchantTxnRefCharacters: number;
  createApi(keys: Readonly<Record<KeyName, string>>): GatewayApi;
}
