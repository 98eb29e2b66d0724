/*
 * The hours of the day in which a batch may send, by local time in a time zone. On a day that skips
 * an hour the window may be shorter, and on one that repeats an hour it may open twice. Nothing is
 * ever sent while the local time is outside the window.
 *
 * Depends on the process's time zone data, which may change between processes. Workflows therefore
 * ask an activity.
 */

/** Minutes since midnight, 0 to 1440. If `from` is after `to`, the window spans midnight. */
export interface SendWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** An IANA name, for example `Asia/Tokyo`. */
  readonly timeZone: string;
}

export interface WindowState {
  readonly isOpen: boolean;
  /** When `isOpen` changes, in Unix milliseconds. */
  readonly changesAtMs: number;
}

const minuteMs = 60_000;
const minutesOfDay = 1_440;
/** A window inside a skipped hour opens on the next day at the latest. */
const searchedMinutes = 3 * minutesOfDay;

/**
 * Parses `22:00-06:00`. Undefined if the text is not a window, or is always open or always closed.
 */
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

/** True if the process knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    createClock(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the window is open, and until when. */
export function windowStateAt(window: SendWindow, nowMs: number): WindowState {
  const clock = createClock(window.timeZone);
  const isOpenAt = (ms: number): boolean => isInside(window, clock(ms));
  const isOpen = isOpenAt(nowMs);
  const firstMinute = Math.floor(nowMs / minuteMs) + 1;
  for (let minute = firstMinute; minute <= firstMinute + searchedMinutes; minute += 1) {
    if (isOpenAt(minute * minuteMs) !== isOpen) return { isOpen, changesAtMs: minute * minuteMs };
  }
  // No time zone has such days. The caller checks again later in any case.
  return { isOpen, changesAtMs: (firstMinute + searchedMinutes) * minuteMs };
}

function isInside({ fromMinute, toMinute }: SendWindow, minute: number): boolean {
  return fromMinute < toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/**
 * Returns a function for the minute of the day in the zone. Throws RangeError if the zone is
 * unknown.
 */
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
