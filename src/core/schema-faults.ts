// What is wrong with an answer, and where: by paths that are only written out for what is told, since most of what is found wrong is not.

/** Something in which the value does not keep to the schema. */
export interface Fault extends Where {
  readonly problem: () => string;
  /** Found while one of several schemas was tried: what they come to together is told beside it. */
  readonly isTried: boolean;
}

/** Where in the value and where in the schema. */
export interface Where {
  readonly at: Place;
  readonly rule: Place;
}

/** A path, from its end: it is written out only where it is told. */
interface Place {
  readonly within: Place | null;
  readonly step: string | number;
}

/** One keyword further into the schema, or one of what it lists. */
export function under({ at, rule }: Where, word: string, step?: Place['step']): Where {
  const within = { within: rule, step: word };
  return { at, rule: step === undefined ? within : { within, step } };
}

/** As a JSON pointer. */
export function pathOf(place: Place | null): string {
  const steps: string[] = [];
  for (let each = place; each !== null; each = each.within)
    steps.push(String(each.step).replaceAll('~', '~0').replaceAll('/', '~1'));
  return steps.reverse().join('/');
}
