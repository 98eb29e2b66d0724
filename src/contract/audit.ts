/**
 * What a line of the audit log reports. Stored in histories and in the log: an act may be added,
 * not renamed.
 */
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
  'confirm_move',
] as const;

export type AuditAct = (typeof auditActs)[number];

/** The actor in lines that no person requested: holds and publications. */
export const theProgram = 'cardlift';

/** A line for a batch's audit log. Its texts are scrubbed and shortened when it is written. */
export interface AuditNews {
  /** A line with the same id is written once, even if an activity or an update runs again. */
  readonly id: string;
  /** ISO 8601: when it happened, which may be before it is written. */
  readonly at: string;
  /** `user@host`, or `cardlift` if the program acted by itself. */
  readonly who: string;
  readonly act: AuditAct;
  /** The operator's own text, or why the batch holds. */
  readonly reason?: string;
  /** The parameters of the act, e.g. `{ percent: 30 }`. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Who requests a control, and why. The update's argument contains it, so histories store it;
 * already scrubbed.
 */
export interface ControlCaller {
  /** `user@host`. */
  readonly who: string;
  readonly reason?: string;
}
