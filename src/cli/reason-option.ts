/** The option that every command with an effect on a batch has. */
export const reasonOption = ['--reason <text>', 'the reason, for the audit log'] as const;
