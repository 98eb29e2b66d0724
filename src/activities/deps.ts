import type { Gateway } from '../gateway/gateway.ts';
import type { RateLimiter } from '../rate-limit/rate-limiter.ts';
import type { OperatorKey } from '../storage/key-file.ts';
import type { Storage } from '../storage/storage.ts';

/** What the activities need of the world; put together by the worker's wiring, and by tests. */
export interface ActivityDeps {
  readonly storage: Storage;
  readonly operatorKey: OperatorKey;
  readonly gateway: Gateway;
  readonly rateLimiter: RateLimiter;
  /** The digest of what this worker is set up for. */
  readonly targetFingerprint: string;
  /** Host and process, written into intents. */
  readonly owner: string;
  /** Of the software, for the manifest. */
  readonly versions: Readonly<Record<string, string>>;
  readonly nowMs: () => number;
}
