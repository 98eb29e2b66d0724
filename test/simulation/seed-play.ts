/* The course of one seed: passes over a batch, what operators do in between, and the checks. */
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import type { OperatorKey } from '../../src/storage/key-file.ts';
import { shardWitnessKey } from '../../src/storage/layout.ts';
import { batchId } from '../support/batches.ts';
import { openIntentsOf } from '../support/memory-intents.ts';
import { ActivityServer } from './activity-server.ts';
import { BatchDriver, type OnHold } from './batch-driver.ts';
import { Crew } from './crew.ts';
import { DiskFaults } from './disk-faults.ts';
import { LedgerGateway } from './ledger-gateway.ts';
import { Operator } from './operator.ts';
import { chargedTwice } from './oracle.ts';
import { complaintsAboutPublished, isBetweenPublications, type Known, tokensToFind } from './published.ts';
import { SeedCourse } from './seed-course.ts';
import type { Attempt } from './worker-process.ts';
import type { World } from './world.ts';

/** What holds say of a storage that lost something, or was edited. */
const isDamage = /altered|no trace|lost the trace|missing|damaged|vanished/i;
/** No request leaves under an older intent. A person needs more time to look a send up. */
const settledAfterMs = 15_000;
/** Longer than any call hangs: by then every process has written the results that it holds. */
const lastWritesMs = 900_000;

export interface SeedPlayOptions {
  readonly world: World;
  readonly rows: number;
  readonly workers: number;
  /** What broke a promise. */
  readonly violations: string[];
  readonly record: BatchRecord;
  readonly operatorKey: OperatorKey;
  readonly targetFingerprint: string;
}

export class SeedPlay {
  readonly #stage: SeedPlayOptions;
  readonly #course: SeedCourse;
  readonly #concurrency: number;
  readonly #gateway: LedgerGateway;
  readonly #operators: readonly Operator[];
  readonly #crew: Crew;
  readonly #server: ActivityServer;
  readonly #disk: DiskFaults;
  #driver: BatchDriver;
  #pass = 1;
  #isCalm = false;

  constructor(stage: SeedPlayOptions) {
    this.#stage = stage;
    const { world } = stage;
    this.#course = new SeedCourse(world, stage.violations);
    this.#concurrency = 1 + world.random.below(4);
    this.#gateway = new LedgerGateway(world);
    this.#operators = ['mia', 'tom'].map(
      (name) =>
        new Operator({ ...stage, gateway: this.#gateway, name, onDamage: () => this.#disk.putBack() }),
    );
    this.#crew = new Crew({ ...stage, gateway: this.#gateway });
    this.#server = new ActivityServer(world, () => this.#crew.alive);
    this.#driver = this.#beginDriver();
    this.#disk = new DiskFaults({
      world,
      pass: () => this.#pass,
      answeredRows: () => {
        const rowsOf = ({ input }: Attempt): unknown => (input as { readonly row?: number }).row;
        const busy = new Set(this.#crew.running.map(rowsOf));
        return this.#driver.answered.filter((row) => !busy.has(row));
      },
    });
    world.onStep(() => this.#afterStep());
  }

  async run(): Promise<void> {
    const { world, violations } = this.#stage;
    await this.#runPass(1);
    while (this.#pass < 3 && violations.length === 0 && world.random.chance(0.7)) {
      await this.#lookIntoRows();
      const next = await this.#planNext();
      if (next === undefined) break;
      world.count('later pass');
      this.#driver = this.#beginDriver();
      await this.#runPass(next);
    }
    if (violations.length > 0) return;
    await this.#drain();
    const lastMs = world.time.nowMs + lastWritesMs;
    while (world.isWriting && world.time.nowMs < lastMs && violations.length === 0) {
      await this.#course.wait(1_000);
    }
    // Whatever came late is in the next publication.
    await this.#course.whole(this.#driver.publish(this.#pass));
    await this.#check('after all late results', world.wasDamaged ? {} : tokensToFind(world));
  }

  async #runPass(pass: number): Promise<void> {
    this.#pass = pass;
    this.#stage.world.reach(pass, 'open');
    this.#begin();
    await this.#course.until(() => this.#driver.isPublished);
    // A cancelled run need not know what the storage has forgotten.
    const { isCancelled, tokenized } = this.#driver;
    await this.#check(`after pass ${pass}`, isCancelled ? {} : { tokenizedRows: tokenized });
    this.#stage.world.reach(pass, 'published');
  }

  #beginDriver(): BatchDriver {
    const { world, violations } = this.#stage;
    const onHold: OnHold = ({ code, text }, holds) => {
      if (isDamage.test(text) && !world.wasDamaged) violations.push(`false alarm: ${text}`);
      const isAboutIt = /storage|publication/.test(code);
      if (this.#disk.hasDamage && isAboutIt && (holds > 10 || world.random.chance(0.4))) this.#disk.putBack();
    };
    return new BatchDriver({ world, server: this.#server, concurrency: this.#concurrency, onHold });
  }

  #begin(): void {
    const begun = this.#driver;
    begun.run(this.#pass).catch((error: unknown) => {
      if (begun === this.#driver) this.#course.fail(error);
    });
  }

  #afterStep(): void {
    const { world, violations } = this.#stage;
    const twice = chargedTwice(this.#gateway.charges);
    if (twice.length > 0 && violations.length === 0) violations.push(`charged twice: ${twice.join(' ')}`);
    const ref = { batchId, pass: this.#pass, shard: 1 };
    if (world.disk.file(shardWitnessKey(ref, 'closed')) !== undefined) world.reach(this.#pass, 'closed');
    if (this.#isCalm) return;
    this.#crew.disturb();
    if (this.#driver.isPublished) return;
    const mayDamage = world.faults.mayHappen('forgotten') || world.faults.mayHappen('altered');
    // An opening that has just looked at the folder would create it again.
    if (mayDamage && !this.#crew.running.some(({ name }) => name === 'openShard')) this.#disk.disturb();
    if (world.happens('cancel')) this.#driver.cancel();
    if (world.happens('cancel_shard')) this.#driver.cancelShard();
    // A run that knows of no answers cannot notice that they are missing.
    if (!this.#disk.hasDamage && world.happens('reset')) {
      this.#driver = this.#driver.reset();
      this.#begin();
    }
  }

  /** A person may resolve rows: once everything has ended, or once no request can leave any more. */
  async #lookIntoRows(): Promise<void> {
    const { world, record, violations } = this.#stage;
    const wait = world.random.pick(['none', 'settled', 'settled', 'drained'] as const);
    if (wait === 'none') return;
    if (wait === 'drained') await this.#drain();
    while (!this.#isSettled() && violations.length === 0) await this.#course.wait(1_000);
    if (world.random.chance(0.7)) {
      await this.#course.whole(Promise.all(this.#operators.map((operator) => operator.resolve(record))));
      await this.#check('after resolve');
    }
    this.#isCalm = false;
  }

  async #planNext(): Promise<number | undefined> {
    const { world, record } = this.#stage;
    const [mia, tom] = this.#operators;
    const isPurged = world.random.chance(0.2);
    const planned = await this.#course.whole(
      Promise.all([
        mia?.redrive(record, this.#pass),
        isPurged ? tom?.purge(record) : tom?.redrive(record, this.#pass),
      ]),
    );
    return planned?.find((number) => typeof number === 'number');
  }

  #isSettled(): boolean {
    const { world } = this.#stage;
    if (this.#gateway.travelling > 0) return false;
    const passes = Array.from({ length: this.#pass }, (_, index) => index + 1);
    const open = passes.flatMap((pass) => openIntentsOf(world.disk, { batchId, pass, shard: 1 }));
    return open.every(({ createdAtMs }) => world.time.nowMs - createdAtMs > settledAfterMs);
  }

  async #drain(): Promise<void> {
    this.#isCalm = true;
    await this.#course.until(() => this.#crew.running.length === 0 && this.#gateway.travelling === 0);
  }

  async #check(when: string, known: Known = {}): Promise<void> {
    const { world, violations, rows } = this.#stage;
    if (violations.length > 0) return;
    if (isBetweenPublications(world)) {
      world.count('completed by a reader');
      await this.#course.whole(this.#driver.publish(this.#pass));
      if (violations.length > 0) return;
    }
    const complaints = complaintsAboutPublished(world, rows, this.#gateway.charges, known);
    violations.push(...complaints.map((complaint) => `${when}: ${complaint}`));
  }
}
