/*
 * The simulated gateway as a server. It never closes idle connections: a request that races with a
 * closing connection "may have arrived", and such requests must come only from configured faults.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { type ControlledSimulator, handleControl, isControlUrl } from './control.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { writeReply } from './reply-writing.ts';
import { answerRequest } from './request-answer.ts';
import { readBody } from './request-body.ts';
import { type Arrivals, RequestWindow } from './request-window.ts';
import {
  type SimulatorOptions,
  type SimulatorSettings,
  simulatorOptionsSchema,
  simulatorSettingsSchema,
} from './settings.ts';
import { createErrorReply, type GatewayState, type Reply } from './simulated-gateway.ts';
import { type SimulatorStats, Statistics } from './statistics.ts';

const requestMaxBytes = 64 * 1_024;

/** A gateway on 127.0.0.1 that makes no real charges. */
export interface Simulator extends ControlledSimulator {
  /**
   * Reads the ledger file, then listens; port 0 chooses a free one. Throws if the port is in use or
   * the file is unreadable.
   */
  listen(port: number): Promise<{ readonly baseUrl: string }>;
  /** Ends every connection, including those waiting for an answer. */
  close(): Promise<void>;
}

/** Creates a simulator that is not listening yet. Throws a ZodError if an option is invalid. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  return new SimulatedGateway(options);
}

class SimulatedGateway implements Simulator {
  readonly #options: z.infer<typeof simulatorOptionsSchema>;
  readonly #server: Server;
  readonly #waits = new Set<NodeJS.Timeout>();
  #settings: SimulatorSettings;
  #state: GatewayState | undefined;
  #arrivals = new RequestWindow();
  #times: number[] = [];
  #refused: number[] = [];
  #admitted = new RequestWindow();

  constructor(options: SimulatorOptions) {
    this.#options = simulatorOptionsSchema.parse(options);
    this.#settings = this.#options.settings;
    this.#server = createServer({ keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }, (req, res) => {
      this.#handle(req, res).catch(() => {
        this.#state?.statistics.count('internalErrors');
        res.destroy();
      });
    });
  }

  get settings(): SimulatorSettings {
    return this.#settings;
  }

  async listen(port: number): Promise<{ readonly baseUrl: string }> {
    const { seed, faults, ledgerFile } = this.#options;
    const ledger = await createLedger(ledgerFile);
    this.#state = { seed, faults, ledger, statistics: new Statistics(), onceFaultsApplied: new Set() };
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return { baseUrl: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` };
  }

  change(patch: Partial<SimulatorSettings>): void {
    this.#settings = simulatorSettingsSchema.parse({ ...this.#settings, ...patch });
  }

  stats(): SimulatorStats {
    const { ledger, statistics } = this.#running();
    return {
      ...statistics.report(),
      maxPerSecond: this.#arrivals.most,
      charges: ledger.charges.length,
      distinctCards: ledger.distinctCards,
      cardsChargedTwice: ledger.cardsChargedTwice,
    };
  }

  ledger(): Ledger {
    return this.#running().ledger;
  }

  arrivals(): Arrivals {
    return { times: this.#times, refused: this.#refused };
  }

  reset(): void {
    const state = this.#running();
    state.ledger.clear();
    this.#state = { ...state, statistics: new Statistics(), onceFaultsApplied: new Set() };
    this.#arrivals = new RequestWindow();
    this.#times = [];
    this.#refused = [];
    this.#admitted = new RequestWindow();
  }

  async close(): Promise<void> {
    for (const wait of this.#waits) clearTimeout(wait);
    if (this.#server.listening) {
      const closed = new Promise((resolve) => this.#server.close(resolve));
      this.#server.closeAllConnections();
      await closed;
    }
    this.#state?.ledger.close();
  }

  #running(): GatewayState {
    if (this.#state === undefined) throw new Error('Cannot ask the simulator: it does not listen yet');
    return this.#state;
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (isControlUrl(req.url)) return handleControl(this, req, res);
    const { statistics } = this.#running();
    const nowMs = performance.now();
    statistics.countArrival(Date.now());
    this.#arrivals.add(nowMs);
    this.#times.push(performance.timeOrigin + nowMs);
    const isAdmitted = this.#admit(nowMs);
    if (!isAdmitted) this.#refused.push(this.#times.length - 1);
    const body = await readBody(req, requestMaxBytes);
    if (body.kind === 'incomplete') {
      statistics.count('incomplete');
      return;
    }
    const { method, url, headers } = req;
    const request = { method, url, headers, bytes: body.bytes };
    this.#send(
      req,
      res,
      isAdmitted ? answerRequest(request, this.#options, this.#running(), this.#settings) : this.#refuse(),
    );
  }

  #admit(nowMs: number): boolean {
    const { ratePerS } = this.#settings;
    if (ratePerS !== null && this.#admitted.countAt(nowMs) + 1 > ratePerS) return false;
    this.#admitted.add(nowMs);
    return true;
  }

  #refuse(): Reply {
    this.#running().statistics.count('limiterRefusals');
    return createErrorReply(429, 'Too many requests.', this.#settings, { 'retry-after': '1' });
  }

  #send(req: IncomingMessage, res: ServerResponse, reply: Reply): void {
    if (reply.delayMs === 0) {
      this.#sendNow(req, res, reply);
      return;
    }
    const wait = setTimeout(() => {
      this.#waits.delete(wait);
      this.#sendNow(req, res, reply);
    }, reply.delayMs);
    this.#waits.add(wait);
  }

  #sendNow(req: IncomingMessage, res: ServerResponse, reply: Reply): void {
    const { ledger, statistics } = this.#running();
    if (reply.kind === 'answer') {
      statistics.countStatus(reply.status);
    } else {
      statistics.count('unanswered');
    }
    writeReply(req, res, reply, () => {
      if (reply.kind === 'answer' && reply.reportedTransactionId !== undefined) {
        ledger.markAnswered(reply.reportedTransactionId);
      }
    });
  }
}
