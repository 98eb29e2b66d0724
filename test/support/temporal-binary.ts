import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findTemporalBinary } from '../../src/temporal/dev-server/temporal-binary.ts';

/** The real Temporal CLI, unpacked once for all tests of this machine. */
export async function testTemporalBinary(): Promise<string> {
  const home = process.env.CARDLIFT_TEST_HOME ?? path.join(tmpdir(), 'cardlift-test-home');
  const log = { info() {}, warn() {} };
  return (await findTemporalBinary({ home, log })).path;
}
