// What is wrong with a configuration, told all at once: where, what was found, what to write. Never a secret's value.

export interface Fault {
  /** The variable's name, or the file and the path in it. */
  readonly where: string;
  /** Null where there is nothing, or nothing that may be shown. */
  readonly found: string | null;
  readonly write: string;
}

export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(
      ({ where, found, write }) => `  ${where}: ${found === null ? '' : foundBefore(found, write)}${write}`,
    );
    super(`The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Some remedies are sentences of their own. */
function foundBefore(found: string, write: string): string {
  return /^\p{Lu}/u.test(write) ? `found ${found}. ` : `found ${found}; `;
}

const SHOWN_LENGTH = 60;
// A key may stand where it doesn't belong: GROQ_MODEL=gsk_…
const LIKE_A_SECRET = /gsk_|sk-|cmk_|AIza|whsec_|ghp_|eyJ|:\/\/[^/]*@/;

/** In the place of what a `${NAME}` stood for: a key may come so. */
export const OF_A_VARIABLE = 'the value of a variable';

/** A value as an error may show it; null when it may not. */
export function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a section';
  const text = String(value);
  if (LIKE_A_SECRET.test(text)) return 'what looks like a secret';
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
