// "Did you mean": names that look like the one that was asked. Bounded work, because the asked name comes from outside.

const NAMES_MAX = 3;
// Longer ones are compared by their beginning; no name of ours is that long.
const COMPARED_LENGTH = 64;

/** How many insertions, deletions, replacements and swaps of neighbours lead from one to the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let steps = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = column > 1 && row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) steps = Math.min(steps, at(beforeLast, column - 2) + 1);
      current.push(steps);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** A name and its last segment: `gpt-oss-120b` is meant to find `openai/gpt-oss-120b`. */
function distance(asked: string, name: string, tolerance: number): number {
  if (name.includes(asked) || asked.includes(name)) return 0;
  // The lengths alone tell most names apart, and a hundred names are compared with whatever somebody asks for.
  const compared = [name, name.slice(name.lastIndexOf('/') + 1)].filter(
    (text) => Math.abs(text.length - asked.length) <= tolerance,
  );
  return Math.min(...compared.map((text) => editDistance(asked, text)));
}

/** The nearest names, best first; empty when none is like it. */
function nearNames(asked: string, names: Iterable<string>): readonly string[] {
  const compared = asked.slice(0, COMPARED_LENGTH).toLowerCase();
  if (compared.length < 2) return [];
  const tolerance = Math.max(2, Math.floor(compared.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, steps: distance(compared, name.slice(0, COMPARED_LENGTH).toLowerCase(), tolerance) }))
    .filter(({ steps }) => steps <= tolerance && steps < compared.length)
    .sort((a, b) => a.steps - b.steps || a.name.length - b.name.length)
    .slice(0, NAMES_MAX)
    .map(({ name }) => name);
}

/** ` Did you mean "a" or "b"?`, or nothing. To be put behind a sentence. */
export function didYouMean(asked: string, names: Iterable<string>): string {
  const near = nearNames(asked, names);
  return near.length === 0 ? '' : ` Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`;
}
