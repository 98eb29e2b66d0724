const farMs = 10_000;

/**
 * True for a slot that is too far away: slots are claimed a fraction of a second before they are
 * due. A machine claimed it whose clock is wrong, or this one before its clock was set back.
 * Nothing waits for it.
 */
export function isFar(slotMs: number, nowMs: number): boolean {
  return slotMs > nowMs + farMs;
}
