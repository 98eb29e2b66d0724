/**
 * The processor time that some work takes in this process, in milliseconds. Unlike the time on a clock it does not grow on a
 * busy machine, so it distinguishes work that grows out of bounds from work that had to wait.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
