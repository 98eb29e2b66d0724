import type { RowOutcome } from '../../src/contract/outcome.ts';
import type { FaultName } from '../../src/simulator/faults.ts';

/**
 * How a row with each fault must end, written by hand from the gateway's documents, independently
 * of the product.
 */
export const outcomeByFault = {
  'declined-hard': ['declined', 'declined_hard'],
  'declined-not-permitted': ['declined', 'declined_not_permitted'],
  'declined-cardholder-action': ['declined', 'declined_cardholder_action'],
  'declined-soft': ['declined', 'declined_soft'],
  'declined-system': ['declined', 'declined_system'],
  'declined-risk': ['declined', 'declined_risk'],
  'declined-velocity': ['declined', 'declined_velocity'],
  'declined-duplicate': ['unknown', 'unknown_duplicate'],
  'declined-unclear': ['unknown', 'unknown_unclear_code'],
  'declined-set-up': ['failed', 'set_up_refused'],
  'declined-unlisted': ['declined', 'declined_other'],
  'approved-oddly': ['tokenized', ''],
  'without-token': ['charged_without_token', 'charged_no_token'],
  'pan-echo': ['tokenized', ''],
  'three-d-secure': ['unknown', 'unknown_three_d_secure'],
  'cut-json': ['unknown', 'unknown_unreadable_answer'],
  'cut-connection': ['unknown', 'unknown_connection_lost'],
  slow: ['tokenized', ''],
  'status-400': ['failed', 'request_refused'],
  'status-406': ['declined', 'card_invalid'],
  'status-408': ['unknown', 'unknown_timeout'],
  'status-409': ['unknown', 'unknown_duplicate'],
  'status-412': ['failed', 'request_refused'],
  'status-422': ['failed', 'request_refused'],
  'status-425': ['tokenized', ''],
  'status-429': ['tokenized', ''],
  'error-before': ['unknown', 'unknown_server_error'],
  'error-after': ['unknown', 'unknown_server_error'],
  'status-502': ['unknown', 'unknown_server_error'],
  'status-503-retry': ['tokenized', ''],
  'status-503': ['unknown', 'unknown_server_error'],
  'status-504': ['unknown', 'unknown_server_error'],
  'drop-before': ['unknown', 'unknown_connection_lost'],
  'drop-after': ['unknown', 'unknown_connection_lost'],
  hang: ['unknown', 'unknown_timeout'],
} as const satisfies Partial<Record<FaultName, readonly [RowOutcome, string]>>;

/** The faults that end a row and let the batch continue; the others make it hold at once. */
export const faultsWithoutHold = Object.keys(outcomeByFault) as (keyof typeof outcomeByFault)[];
