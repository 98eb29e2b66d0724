import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine that the figures were measured on; without it they mean little to another reader. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Load average of the minute before the bench. Above 0.5 the machine was not quiet. */
  readonly loadBefore: number;
  readonly at: string;
}

/** Describes this machine. */
export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    at: new Date().toISOString(),
  };
}

/** The machine in one line. */
export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, system, node, loadBefore, at } = machine;
  return `${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, Node ${node}; load before: ${loadBefore}; ${at}`;
}
