// Where two objects differ, by paths in which the place in a list stands as []: `choices[].message.content`.

import { isObject, type Json } from '../../src/core/json.ts';

export interface Difference {
  readonly path: string;
  /** Undefined: it is not there. */
  readonly straight: Json | undefined;
  readonly through: Json | undefined;
}

export function differencesOf(straight: Json | undefined, through: Json | undefined, path = ''): readonly Difference[] {
  if (isObject(straight) && isObject(through)) {
    const names = new Set([...Object.keys(straight), ...Object.keys(through)]);
    return [...names].flatMap((name) =>
      differencesOf(straight[name], through[name], path === '' ? name : `${path}.${name}`),
    );
  }
  if (Array.isArray(straight) && Array.isArray(through)) {
    const longest = straight.length > through.length ? straight : through;
    return longest.flatMap((_, index) => differencesOf(straight[index], through[index], `${path}[]`));
  }
  return straight === through ? [] : [{ path, straight, through }];
}
