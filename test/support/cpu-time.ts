/**
 * The processor time in milliseconds that some work takes in this process. Unlike elapsed time it
 * does not grow on a busy machine, so it shows whether the work itself grew or only waited.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
