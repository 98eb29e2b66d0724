/*
 * The control interface for tests and demos of a running simulator: GET ledger, GET payments, GET
 * stats, GET arrivals, POST settings, POST reset, all under /simulator/.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ZodError, z } from 'zod';
import type { Charge, Ledger } from './ledger.ts';
import { readBody } from './request-body.ts';
import type { Arrivals } from './request-window.ts';
import type { SimulatorSettings } from './settings.ts';
import type { SimulatorStats } from './statistics.ts';

const root = '/simulator/';
const settingsMaxBytes = 64 * 1_024;
/** Charges written per portion: a ledger of millions must not become one string. */
const chargesAtATime = 1_000;
/** Checks only for an object; the simulator checks the settings. */
const patchSchema = z.record(z.string(), z.unknown());

/** What the control paths read and change. */
export interface ControlledSimulator {
  readonly settings: SimulatorSettings;
  /** Changes the given settings. Throws a ZodError, and changes nothing, if one is invalid. */
  change(patch: Partial<SimulatorSettings>): void;
  stats(): SimulatorStats;
  ledger(): Ledger;
  /** When each request arrived, by the clock that the limiter uses. */
  arrivals(): Arrivals;
  /**
   * Removes charges (also from the file), counts and once-only fault records. Keeps the settings.
   */
  reset(): void;
}

/** The answer of GET /simulator/ledger. */
export interface LedgerReport {
  readonly requests: number;
  readonly charges: readonly Charge[];
}

/** True for a path of the control interface. */
export function isControlUrl(url: string | undefined): boolean {
  return url?.startsWith(root) === true;
}

/** Answers a request to the control interface. */
export async function handleControl(
  simulator: ControlledSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, settingsMaxBytes);
  switch (`${request.method} ${request.url?.slice(root.length)}`) {
    case 'GET ledger':
      return sendLedger(simulator, response);
    case 'GET payments':
      return sendPayments(simulator, response);
    case 'GET arrivals':
      return sendJson(response, 200, simulator.arrivals());
    case 'GET stats':
      return sendJson(response, 200, simulator.stats());
    case 'POST settings':
      return changeSettings(simulator, body.kind === 'whole' ? body.bytes : undefined, response);
    case 'POST reset':
      simulator.reset();
      return sendJson(response, 200, simulator.stats());
    default:
      return sendJson(response, 404, {
        error: 'Use GET ledger, GET payments, GET stats, GET arrivals, POST settings or POST reset',
      });
  }
}

function changeSettings(
  simulator: ControlledSimulator,
  bytes: Buffer | undefined,
  response: ServerResponse,
): void {
  const refusal = refusalOfPatch(simulator, bytes);
  if (refusal === undefined) {
    sendJson(response, 200, simulator.settings);
  } else {
    sendJson(response, 400, { error: refusal });
  }
}

function refusalOfPatch(simulator: ControlledSimulator, bytes: Buffer | undefined): string | undefined {
  try {
    simulator.change(patchSchema.parse(JSON.parse(String(bytes))));
    return undefined;
  } catch (error) {
    return error instanceof ZodError
      ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
      : 'The settings must be a JSON object';
  }
}

async function sendLedger(simulator: ControlledSimulator, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.write(`{"requests":${simulator.stats().requests},"charges":[`);
  await writeCharges(simulator, response, ',', (charge) => JSON.stringify(charge));
  response.end(']}');
}

/** One line per payment, as a gateway's dashboard would show it. */
async function sendPayments(simulator: ControlledSimulator, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.write('merchant_txn_ref transaction_id stored_payment_method_id amount currency card_ends\n');
  await writeCharges(simulator, response, '', (charge) =>
    [
      `${charge.merchantTxnRef ?? '-'} ${charge.transactionId} ${charge.storedPaymentMethodId ?? '-'}`,
      `${charge.amount} ${charge.currency} ${charge.cardLast4}\n`,
    ].join(' '),
  );
  response.end();
}

async function writeCharges(
  simulator: ControlledSimulator,
  response: ServerResponse,
  between: string,
  format: (charge: Charge) => string,
): Promise<void> {
  // A copy: the list may change while it is being sent.
  const charges = simulator.ledger().charges.slice();
  for (let from = 0; from < charges.length; from += chargesAtATime) {
    const part = charges.slice(from, from + chargesAtATime).map(format);
    const hasRoom = response.write(`${from === 0 ? '' : between}${part.join(between)}`);
    if (!hasRoom && !response.destroyed) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}
