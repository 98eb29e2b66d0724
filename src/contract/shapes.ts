/*
 * Shape checks of what arrives in workflows and activities: anyone may send an input, a signal or
 * an update by hand. Small functions instead of zod, because they run in workflows and once per
 * row. Unknown fields pass: a newer version may add some.
 */

/** What a value must be, in words that follow "must be". */
export interface Shape {
  readonly must: string;
  readonly is: (value: unknown) => boolean;
  /** For the fields of an object: the first one that is wrong, in words. */
  readonly faultOf?: (value: unknown) => string | undefined;
}

export type Fields = Readonly<Record<string, Shape>>;

/** True for a whole number from 1 that JSON keeps exact: a pass, a shard, a row, a count. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

const isFiniteNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const count: Shape = { must: 'a whole number from 1', is: isCount };
export const wholeNumber: Shape = {
  must: 'a whole number from 0',
  is: (value) => value === 0 || isCount(value),
};
export const positiveNumber: Shape = {
  must: 'a number above 0',
  is: (value) => isFiniteNumber(value) && value > 0,
};
export const numberFromZero: Shape = {
  must: 'a number from 0',
  is: (value) => isFiniteNumber(value) && value >= 0,
};
export const anyNumber: Shape = { must: 'a number', is: isFiniteNumber };
export const percent: Shape = {
  must: 'a percentage from 0 to 100',
  is: (value) => isFiniteNumber(value) && value >= 0 && value <= 100,
};
export const flag: Shape = { must: 'true or false', is: (value) => typeof value === 'boolean' };
export const text: Shape = { must: 'a text', is: (value) => typeof value === 'string' };
export const filledText: Shape = {
  must: 'a text that is not empty',
  is: (value) => typeof value === 'string' && value !== '',
};

export function oneOf(...words: readonly string[]): Shape {
  return {
    must: `one of: ${words.join(', ')}`,
    is: (value) => typeof value === 'string' && words.includes(value),
  };
}

/** May be absent. */
export function optional(shape: Shape): Shape {
  const faultOf = (value: unknown) => (value === undefined ? undefined : shape.faultOf?.(value));
  return { must: shape.must, is: (value) => value === undefined || shape.is(value), faultOf };
}

export function listOf(shape: Shape): Shape {
  return {
    must: `a list, each entry ${shape.must}`,
    is: (value) => Array.isArray(value) && value.every(shape.is),
  };
}

/** An object whose fields have these shapes. */
export function object(fields: Fields): Shape {
  const faultOf = (value: unknown): string | undefined => {
    if (!isFields(value)) return 'it must be an object';
    for (const [name, shape] of Object.entries(fields)) {
      const given = value[name];
      if (shape.is(given)) continue;
      const inside = isFields(given) ? shape.faultOf?.(given) : undefined;
      return inside === undefined ? `${name} must be ${shape.must}` : `${name}: ${inside}`;
    }
    return undefined;
  };
  return { must: 'an object with the right fields', is: (value) => faultOf(value) === undefined, faultOf };
}

/** What is wrong with a value, for a message; undefined: nothing. Never quotes the value. */
export function faultIn(shape: Shape, value: unknown): string | undefined {
  if (shape.is(value)) return undefined;
  return shape.faultOf?.(value) ?? `it must be ${shape.must}`;
}
