/** What goes back over the wire. `payment` is a success-looking answer, changed in one way or not at all. */
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
  /** Two digits, the seventh and eighth of a generated card number; 00 is no fault. */
  readonly code: string;
  /** One sentence for the documentation. */
  readonly text: string;
  /** True where the card is charged, whatever the answer says. */
  readonly isCharged: boolean;
  /** Set where only the card's first request meets the fault, so that a client that tries again comes to an end. */
  readonly isOnce?: true;
  readonly reply: FaultReply;
}
