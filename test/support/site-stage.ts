import { after, afterEach } from 'node:test';
import { type SimulatorSettings, simulatorSettingsSchema } from '../../src/simulator/settings.ts';
import { type CardliftSite, createCardliftSite } from './cardlift-process.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';
import { startTemporalServer, type TemporalServer } from './temporal-server.ts';

/** A Temporal server and a simulator for all tests of a file. */
export interface SiteStage {
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorProcess;
  /** A new site for the next test. The simulator has the stage's settings and no charges. */
  openSite(): Promise<CardliftSite>;
}

/**
 * Opens the stage for a whole test file; call it at the top of the file. What it starts ends with
 * the file, and a site with its test.
 */
export async function openSiteStage(settings: Partial<SimulatorSettings> = {}): Promise<SiteStage> {
  const temporal = await startTemporalServer();
  const simulator = await startSimulatorProcess();
  const allSettings = simulatorSettingsSchema.parse(settings);
  let site: CardliftSite | undefined;
  afterEach(() => site?.remove());
  after(async () => {
    await simulator.stop();
    await temporal.stop();
  });
  return {
    temporal,
    simulator,
    openSite: async () => {
      await simulator.reset();
      await simulator.settings(allSettings);
      site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
      return site;
    },
  };
}
