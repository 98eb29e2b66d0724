/** What is sent back. `payment`: an answer that looks successful, unchanged or with one change. */
export type FaultReply =
  | { readonly kind: 'payment'; readonly change?: PaymentChange }
  | {
      readonly kind: 'decline';
      readonly responseCode: number;
      readonly gatewayCode: string;
      readonly message: string;
    }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'silence' };

export type PaymentChange =
  | 'approved_oddly'
  | 'without_token'
  | 'pan_echo'
  | 'three_d_secure'
  | 'wrong_is_live'
  | 'cut_json'
  | 'cut_connection'
  | 'slow';

/** One fault of the simulator. */
export interface Fault {
  /** Two digits: the seventh and eighth of a generated card number. 00 is no fault. */
  readonly code: string;
  /** One sentence for the documentation. */
  readonly text: string;
  /** True if the card is charged, whatever the answer says. */
  readonly isCharged: boolean;
  /** Only the card's first request gets the fault, so that a client that retries can finish. */
  readonly isOnce?: true;
  readonly reply: FaultReply;
}
