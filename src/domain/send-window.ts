/*
 * The hours of the day in which a batch may send, by the clock on the wall of a time zone. So on a day that skips an hour the
 * window may be shorter, and on one that repeats an hour it may open twice; never is anything sent while that clock shows an
 * hour outside.
 *
 * Uses the time zone data of the process, which a later process may have newer: workflows ask an activity.
 */

/** Minutes since midnight, 0 to 1440; `from` after `to` goes over midnight. */
export interface SendWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** An IANA name, e.g. `Asia/Tokyo`. */
  readonly timeZone: string;
}

export interface WindowState {
  readonly isOpen: boolean;
  /** When that changes. */
  readonly changesAtMs: number;
}

const minuteMs = 60_000;
const minutesOfDay = 1_440;
/** A window in an hour that a day skips opens on the next day at the latest. */
const searchedMinutes = 3 * minutesOfDay;

/** Reads `22:00-06:00`; undefined where the text is no window, or one that is always open or always closed. */
export function parseWindow(text: string): Pick<SendWindow, 'fromMinute' | 'toMinute'> | undefined {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [fromMinute, toMinute] = [minuteOf(match[1], match[2]), minuteOf(match[3], match[4])];
  if (fromMinute === undefined || toMinute === undefined) return undefined;
  return fromMinute % minutesOfDay === toMinute % minutesOfDay ? undefined : { fromMinute, toMinute };
}

/** `22:00-06:00 Asia/Tokyo`. */
export function formatWindow({ fromMinute, toMinute, timeZone }: SendWindow): string {
  return `${formatMinute(fromMinute)}-${formatMinute(toMinute)} ${timeZone}`;
}

/** True where the process knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    createClock(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the window is open, and until when it stays so. */
export function windowStateAt(window: SendWindow, nowMs: number): WindowState {
  const clock = createClock(window.timeZone);
  const isOpenAt = (ms: number): boolean => isInside(window, clock(ms));
  const isOpen = isOpenAt(nowMs);
  const firstMinute = Math.floor(nowMs / minuteMs) + 1;
  for (let minute = firstMinute; minute <= firstMinute + searchedMinutes; minute += 1) {
    if (isOpenAt(minute * minuteMs) !== isOpen) return { isOpen, changesAtMs: minute * minuteMs };
  }
  // No zone has such days; looked at again later, in any case.
  return { isOpen, changesAtMs: (firstMinute + searchedMinutes) * minuteMs };
}

function isInside({ fromMinute, toMinute }: SendWindow, minute: number): boolean {
  return fromMinute < toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/** Gives the minute of the day on the zone's clock. Throws RangeError where the zone is not known. */
function createClock(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (ms) => {
    const [hour = '', minute = ''] = format.format(ms).split(':');
    return Number(hour) * 60 + Number(minute);
  };
}

function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const [hours, minutes] = [Number(hour), Number(minute)];
  const sum = hours * 60 + minutes;
  return minutes < 60 && sum <= minutesOfDay ? sum : undefined;
}

function formatMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
