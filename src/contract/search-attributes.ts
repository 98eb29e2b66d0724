/** The search attributes that show a batch in the list page of the Temporal UI, with their types on the server. */
export const searchAttributes = {
  CardliftMerchant: 'Keyword',
  CardliftPhase: 'Keyword',
  CardliftPercent: 'Int',
  CardliftFailures: 'Int',
} as const;
