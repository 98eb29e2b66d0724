/** The option of every command that changes a batch. */
export const reasonOption = ['--reason <text>', 'the reason, for the audit log'] as const;
