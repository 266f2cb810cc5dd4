// Chance that can be repeated: the same seed draws the same cases on every machine.

export interface Seeded {
  /** In [0, 1). */
  random(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  /** One of them; throws for none. */
  pick<Each>(from: readonly Each[]): Each;
  shuffled<Each>(from: readonly Each[]): Each[];
}

/** `name` keeps the draws of one suite apart from those of another. */
export function seeded(seed: number, name: string): Seeded {
  let state = hashOf(`${seed}/${name}`);
  // Mulberry32: 32 bits of state, which is plenty for choosing a few hundred cases.
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    random,
    below,
    pick(from) {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error('There is nothing to pick from');
      return picked;
    },
    shuffled(from) {
      const keyed = from.map((each) => ({ each, key: random() }));
      return keyed.sort((a, b) => a.key - b.key).map(({ each }) => each);
    },
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
