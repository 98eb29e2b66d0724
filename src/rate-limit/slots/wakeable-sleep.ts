/** A sleep that can be cut short; one at a time. */
export class WakeableSleep {
  #wake: () => void = () => undefined;

  for(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.ceil(ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the sleep now; does nothing if there is none. */
  wake(): void {
    this.#wake();
  }
}
