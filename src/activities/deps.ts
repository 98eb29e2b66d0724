import type { Gateway } from '../gateway/gateway.ts';
import type { RateLimiter } from '../rate-limit/rate-limiter.ts';
import type { OperatorKey } from '../storage/key-file.ts';
import type { Storage } from '../storage/storage.ts';

/** What the activities depend on. The worker's wiring provides it, and so do tests. */
export interface ActivityDeps {
  readonly storage: Storage;
  readonly operatorKey: OperatorKey;
  readonly gateway: Gateway;
  readonly rateLimiter: RateLimiter;
  /** The digest of the target that this worker is configured for. */
  readonly targetFingerprint: string;
  /** Host and process. Written into intents. */
  readonly owner: string;
  /** The software's versions, for the manifest. */
  readonly versions: Readonly<Record<string, string>>;
  readonly nowMs: () => number;
  /** Milliseconds since some moment. It never steps, as the wall clock may. */
  readonly monotonicMs: () => number;
}
