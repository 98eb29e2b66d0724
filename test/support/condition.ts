import { setTimeout as delay } from 'node:timers/promises';

/** Far longer than anything a test waits for, since a machine under load is slow. */
const patienceMs = 90_000;

/**
 * Calls `look` until it returns something, and resolves to that. Rejects if it takes far too long.
 */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined> | Found | undefined,
  everyMs = 50,
): Promise<Found> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadlineMs) throw new Error(`Waited in vain for ${what}`);
    await delay(everyMs);
  }
}
