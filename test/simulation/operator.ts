/*
 * What operators do after a publication, through the real operations: resolve rows by what the
 * gateway's ledger says, and send rows again in a new pass.
 */
import { parse } from 'csv-parse/sync';
import type { AppContext } from '../../src/app/app-context.ts';
import { readTargetFingerprint } from '../../src/app/target.ts';
import { readConfig } from '../../src/config.ts';
import type { ResolutionCells } from '../../src/input/resolution-file.ts';
import { createLogger } from '../../src/logger.ts';
import { authorOf, commitDecision } from '../../src/operations/commit-decision.ts';
import { OperationRefused } from '../../src/operations/errors.ts';
import { commitRedrive } from '../../src/operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../src/operations/redrive/plan.ts';
import { checkLines } from '../../src/operations/resolve/check-lines.ts';
import { recordResolution } from '../../src/operations/resolve/record.ts';
import { readPublicationState } from '../../src/results/publication-state.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { destroyCardData } from '../../src/storage/card-data.ts';
import { readDecisions } from '../../src/storage/decisions.ts';
import type { OperatorKey } from '../../src/storage/key-file.ts';
import { resultKey } from '../../src/storage/layout.ts';
import { StagedShardError } from '../../src/storage/staged-shards.ts';
import { StorageForgotError } from '../../src/storage/storage.ts';
import { StoredFileError } from '../../src/storage/stored-json.ts';
import { type Actor, createActor } from './actor.ts';
import type { LedgerGateway } from './ledger-gateway.ts';
import { openStorageView } from './storage-view.ts';
import { runningActor } from './virtual-time.ts';
import type { World } from './world.ts';

const config = readConfig({
  PAYMENT_OPTIONS_BASE_URL: 'http://127.0.0.1:1',
  PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
  PAYMENT_OPTIONS_X_API_KEY: 'simulator',
  CARDLIFT_LOG_LEVEL: 'silent',
});
const logger = createLogger('silent');

/** The target of the operators' settings, which the batch and its workers have too. */
export function targetOf({ storage }: World): Promise<string> {
  return readTargetFingerprint({ config, storage: async () => storage }, false);
}

export interface OperatorOptions {
  readonly world: World;
  readonly gateway: LedgerGateway;
  readonly operatorKey: OperatorKey;
  readonly name: string;
  /** An operation found that the storage has forgotten something, or was altered. */
  readonly onDamage: () => void;
}

export class Operator {
  readonly actor: Actor;
  readonly #world: World;
  readonly #gateway: LedgerGateway;
  readonly #onDamage: () => void;
  readonly #context: AppContext;

  constructor({ world, gateway, operatorKey, name, onDamage }: OperatorOptions) {
    this.#world = world;
    this.#gateway = gateway;
    this.#onDamage = onDamage;
    this.actor = createActor(name);
    const storage = openStorageView(world, this.actor);
    this.#context = {
      ...{ config, logger, operator: `${name}@desk` },
      storage: async () => storage,
      operatorKey: async () => operatorKey,
    };
  }

  /** Plans a redrive after `pass` and commits it. Resolves with the pass; undefined: refused, or no row to send. */
  redrive(record: BatchRecord, pass: number): Promise<number | undefined> {
    return this.#act('redrive', async () => {
      const includesSoftDeclines = this.#world.random.chance(0.8);
      const plan = await planRedrive(this.#context, record, { includesSoftDeclines });
      if (plan.kind === 'no_rows') return undefined;
      this.#world.reach(pass, 'planned');
      await this.#think();
      return (await commitRedrive(this.#context, plan)).pass;
    });
  }

  /**
   * Decides to destroy the card data, and does. The operation itself asks Temporal whether the batch
   * runs, so this takes only its two steps in the storage.
   */
  purge(record: BatchRecord): Promise<true | undefined> {
    return this.#act('purge', async () => {
      const storage = await this.#context.storage();
      const basedOn = (await readDecisions(storage, record.batchId)).last;
      if ((await readPublicationState(storage, record)).kind !== 'published') return undefined;
      await this.#think();
      const author = authorOf(this.#context, {});
      const decision = await commitDecision(this.#context, record, {
        ...{ basedOn, nothing: 'Nothing was removed', again: 'purge' },
        draft: { kind: 'purge', ...author, files: 1, rowsLeft: 0 },
      });
      await destroyCardData(storage, await this.#context.operatorKey(), record, decision);
      return true;
    });
  }

  /** Resolves the unknown rows by the ledger, as a person does who looks each send up. */
  resolve(record: BatchRecord): Promise<boolean | undefined> {
    return this.#act('resolve', async () => {
      const storage = await this.#context.storage();
      const csv = await storage.files.read(resultKey(record.batchId, 'unresolved.csv'));
      if (csv === undefined) return undefined;
      const cells: Record<string, string>[] = parse(csv.toString(), { columns: true, bom: true });
      const lines = cells.map((row, index) => this.#lineOf(row, index + 2));
      const file = { name: 'unresolved.csv', sha256: '0'.repeat(64) };
      const publication = await readPublicationState(storage, record);
      if (publication.kind !== 'published') return undefined;
      const { basedOn, passes } = publication;
      const { errors, ...checked } = await checkLines(lines, passes);
      if (errors.length > 0) throw new OperationRefused('invalid', errors.map(({ text }) => text).join('; '));
      await this.#think();
      await recordResolution(this.#context, { record, path: file.name, file, ...checked, basedOn });
      return true;
    });
  }

  /** A person agrees some time after the preview. */
  #think(): Promise<void> {
    const { scheduler, random } = this.#world;
    return scheduler.park(this.actor, 'agree', { waitMs: random.pick([0, 5_000]) });
  }

  #lineOf(cells: Readonly<Record<string, string>>, line: number): ResolutionCells {
    const { row = '', merchant_ref = '', merchant_txn_ref = '', outcome, error_message = '' } = cells;
    // A row whose answer was lost may have been sent more often than the storage knows.
    const [, prefix] = /look up every request .* begins with (\S+)$/.exec(error_message) ?? [];
    const charge = this.#gateway.charges.find(({ merchantTxnRef }) =>
      prefix === undefined ? merchantTxnRef === merchant_txn_ref : merchantTxnRef?.startsWith(prefix),
    );
    const empty = { row, merchant_ref, merchant_txn_ref, line, transaction_id: '' };
    if (outcome !== 'unknown') return { ...empty, resolution: '', stored_payment_method_id: '' };
    if (charge === undefined) return { ...empty, resolution: 'not_charged', stored_payment_method_id: '' };
    const { storedPaymentMethodId: token, transactionId: transaction_id } = charge;
    return {
      ...{ ...empty, transaction_id, stored_payment_method_id: token ?? '' },
      resolution: token === null ? 'charged_without_token' : 'tokenized',
    };
  }

  /** Tries again if the disk failed. Refused, the operator lets it be. */
  async #act<Result>(what: string, act: () => Promise<Result>): Promise<Result | undefined> {
    for (;;) {
      try {
        const result = await runningActor.run(this.actor, act);
        this.#world.count(`operator: ${what}`);
        return result;
      } catch (error) {
        // A purge that began meanwhile shows as damaged staging; the operator reads the message.
        if (error instanceof OperationRefused || error instanceof StagedShardError) {
          this.#world.count(`operator: ${what} refused`);
          // The rest names times of the real clock, which are others each time.
          const [first] = error.message.split('\n');
          this.#world.log(`  ${this.actor.name} cannot ${what}: ${first}`);
          return undefined;
        }
        const isForgotten = error instanceof StorageForgotError || error instanceof StoredFileError;
        if (isForgotten) this.#onDamage();
        else if (!(error instanceof Error && 'syscall' in error)) throw error;
        this.#world.count(`operator: ${what} failed`);
      }
    }
  }
}
