/** `1 row`, `3 rows`: a number with what it counts. */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
