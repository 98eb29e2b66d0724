/** What the dev server's code needs of a logger; a pino logger is one. */
export interface DevServerLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}
