/** Something that runs on its own: a worker process, the network, or Temporal's server. */
export interface Actor {
  readonly name: string;
  isAlive: boolean;
  /** Dies at the next step, in the middle of a write. */
  isDying?: boolean;
  /** Until then nothing of it runs. Virtual time. */
  frozenUntilMs: number;
  /** How often the scheduler picks it, compared with the others. */
  weight: number;
}

export function createActor(name: string, weight = 1): Actor {
  return { name, isAlive: true, frozenUntilMs: 0, weight };
}
