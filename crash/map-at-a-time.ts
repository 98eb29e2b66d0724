/** Calls `act` for each item, at most `atATime` at once. Rejects with the first failure. */
export async function mapAtATime<Item>(
  all: readonly Item[],
  atATime: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const runner = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: atATime }, runner));
}
