import type { IncomingHttpHeaders } from 'node:http';
import type { Keys, SimulatorSettings } from './settings.ts';
import { createErrorReply, type GatewayState, processPayment, type Reply } from './simulated-gateway.ts';

/** The only path of the API. */
export const paymentPath = '/api/v1/server-to-server-interface/payment';

/** A request that was read completely. */
export interface ReadRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Undefined if the body was too large. */
  readonly bytes: Buffer | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Answers an admitted request: checks path, method, keys and content type, then processes the
 * payment.
 */
export function answerRequest(
  request: ReadRequest,
  keys: Keys,
  state: GatewayState,
  settings: SimulatorSettings,
): Reply {
  const { headers } = request;
  if (request.url !== paymentPath) return createErrorReply(404, 'No such path.', settings);
  if (request.method !== 'POST') return createErrorReply(405, 'Use POST.', settings, { allow: 'POST' });
  const hasKeys = headers.authorization === keys.authorization && headers['x-api-key'] === keys.xApiKey;
  if (!hasKeys || !settings.isAuthorizationValid) return createErrorReply(401, 'Unauthorized.', settings);
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    return createErrorReply(415, 'Use application/json.', settings);
  }
  if (request.bytes === undefined) return createErrorReply(413, 'The request is too large.', settings);
  let body: unknown;
  try {
    body = JSON.parse(decoder.decode(request.bytes));
  } catch {
    return createErrorReply(400, 'Invalid request: body', settings);
  }
  return processPayment(body, state, settings);
}
