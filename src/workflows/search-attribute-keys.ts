import { defineSearchAttributeKey } from '@temporalio/common';

/** Typed keys of the search attributes in contract/search-attributes.ts. */
export const searchAttributeKeys = {
  phase: defineSearchAttributeKey('CardliftPhase', 'KEYWORD'),
  percent: defineSearchAttributeKey('CardliftPercent', 'INT'),
  failures: defineSearchAttributeKey('CardliftFailures', 'INT'),
} as const;
