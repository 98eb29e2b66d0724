import type { FoundAnswer } from './answer-fields.ts';
import type { AnswerRules } from './classify-exchange.ts';
import type { TokenizeRequest } from './gateway.ts';
import type { JsonObject } from './lenient-json.ts';
import type { PaymentSigns } from './payment-signs.ts';

/** A POST under the base URL. */
export interface ApiRequest {
  /** Begins with a slash; appended to the path of the base URL. */
  readonly path: string;
  /** The provider's own: authentication, content type. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * One provider's HTTP API: how a request is written, where an answer's fields are, and what they
 * mean. Connecting, sending once, reading, redacting and the verdict itself are the same for all.
 */
export interface GatewayApi {
  /** The request that stores the row's card. Must not send anything itself. */
  buildRequest(request: TokenizeRequest): ApiRequest;
  /** Finds the fields of an answer. Never throws. The result is redacted afterwards. */
  findAnswer(object: JsonObject): FoundAnswer;
  readonly paymentSigns: PaymentSigns;
  readonly rules: AnswerRules;
}
