/** The search attributes of a batch for the Temporal UI's list, with their types on the server. */
export const searchAttributes = {
  CardliftMerchant: 'Keyword',
  CardliftPhase: 'Keyword',
  CardliftPercent: 'Int',
  CardliftFailures: 'Int',
} as const;
