// Where a name stands in a text as a whole, and not as a part of a longer one. Looked for and not matched: the name is a model's word, and no
// pattern is built of that.

const GOES_ON_BEFORE = /[\p{L}\p{N}_$]$/u;
const GOES_ON_BEHIND = /^[\p{L}\p{N}_$]/u;

/** Where it begins, each time. */
export function placesOf(name: string, text: string): readonly number[] {
  const places: number[] = [];
  if (name === '') return places;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    const end = at + name.length;
    // Two code units hold whatever one character is.
    const isPart =
      GOES_ON_BEFORE.test(text.slice(Math.max(0, at - 2), at)) || GOES_ON_BEHIND.test(text.slice(end, end + 2));
    if (!isPart) places.push(at);
  }
  return places;
}
