/** The part of a logger that the dev server uses. A pino logger fits. */
export interface DevServerLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}
