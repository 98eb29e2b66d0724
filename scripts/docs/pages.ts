/* Every page with generated parts, and the whole pages. */
import { createArchitectureParts } from './architecture-parts.ts';
import { createCommandsPage } from './commands-page.ts';
import { createErrorParts } from './error-parts.ts';
import { createInputParts, createResultParts } from './file-parts.ts';
import { createGatewayParts, createSimulatorParts } from './gateway-parts.ts';
import { fillPage } from './markdown.ts';

export interface GeneratedPage {
  /** Under the project's folder. */
  readonly path: string;
  /** What the page should be, given its present text; a page that does not exist is empty. */
  fill(present: string): string | Promise<string>;
}

/** The pages that scripts/generate-docs.ts writes. */
export const generatedPages: readonly GeneratedPage[] = [
  { path: 'ARCHITECTURE.md', fill: (present) => fillPage(present, createArchitectureParts()) },
  { path: 'docs/commands.md', fill: createCommandsPage },
  { path: 'docs/errors.md', fill: (present) => fillPage(present, createErrorParts()) },
  { path: 'docs/gateway.md', fill: (present) => fillPage(present, createGatewayParts()) },
  { path: 'docs/input-format.md', fill: (present) => fillPage(present, createInputParts()) },
  { path: 'docs/results.md', fill: (present) => fillPage(present, createResultParts()) },
  { path: 'docs/simulator.md', fill: (present) => fillPage(present, createSimulatorParts()) },
];

/** The command that brings the pages up to date. */
export const remedy = 'npm run generate';
