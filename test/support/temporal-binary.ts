import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findTemporalBinary } from '../../src/temporal/dev-server/temporal-binary.ts';

/**
 * The real Temporal CLI, unpacked once for all tests of this machine. It is named `temporal`, so
 * that its folder may be in a PATH.
 */
export async function testTemporalBinary(): Promise<string> {
  const home = process.env.CARDLIFT_TEST_HOME ?? path.join(tmpdir(), 'cardlift-test-home');
  const log = { info() {}, warn() {} };
  const { path: file } = await findTemporalBinary({ home, log });
  const named = path.join(path.dirname(file), 'temporal');
  if (named === file) return file;
  await symlink(file, named).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return named;
}
