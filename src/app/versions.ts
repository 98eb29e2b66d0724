import manifest from '../../package.json' with { type: 'json' };

/** The versions of Cardlift, Node and Temporal's SDK. */
export const versions = {
  cardlift: manifest.version,
  node: process.versions.node,
  temporalSdk: manifest.dependencies['@temporalio/worker'],
} as const;
