/** What a line of a batch's audit log can tell of. Stored in histories and in the log; an act may be added, not renamed. */
export const auditActs = [
  'start',
  'pause',
  'resume',
  'approve',
  'cancel',
  'set_rate',
  'set_concurrency',
  'set_tolerance',
  'hold',
  'publish',
  'resolve',
  'redrive',
  'purge',
] as const;

export type AuditAct = (typeof auditActs)[number];

/** Who the lines name that no person asked for: holds and publications. */
export const theProgram = 'cardlift';

/** One line to be added to a batch's audit log. Texts are scrubbed and shortened when they are written. */
export interface AuditNews {
  /** The same id is written once, however often it is asked for: an activity may run again, an update may be applied again. */
  readonly id: string;
  /** ISO 8601: when it happened, which may be before it was written. */
  readonly at: string;
  /** `user@host`, or `cardlift` where the program acted by itself. */
  readonly who: string;
  readonly act: AuditAct;
  /** The operator's own words, or why the batch holds. */
  readonly reason?: string;
  /** What the act was about, e.g. `{ percent: 30 }`. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Who asks for a control, and why: travels in the update's argument, and so into the history; already scrubbed. */
export interface ControlCaller {
  /** `user@host`. */
  readonly who: string;
  readonly reason?: string;
}
