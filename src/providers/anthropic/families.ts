// What Anthropic's models refuse, by family. Facts, not code: read from platform.claude.com/docs (thinking, effort, "what's new" and
// the migration guides of each model) in November 2026. A request that breaks one of them is a 400.

export interface ModelFamily {
  /** Read against the model's id; the first that matches counts. */
  readonly models: RegExp;
  /** How much it thinks is asked by a budget of tokens, or by an effort. */
  readonly thinking: 'budget' | 'adaptive';
  /** What keeps it from thinking; null: nothing does. */
  readonly off: 'disabled' | 'between_tools' | null;
  /** Takes temperature and top_p. */
  readonly samples: boolean;
  /** Goes on with an assistant's message that ends the conversation. */
  readonly prefills: boolean;
  /** Can be made to call a tool. */
  readonly obeysToolChoice: boolean;
  /** Its thoughts count only in the conversation, and for the model, that they were made in. */
  readonly bindsThoughts: boolean;
}

const SINCE_4_7 = {
  thinking: 'adaptive',
  off: 'disabled',
  samples: false,
  prefills: false,
  obeysToolChoice: true,
  bindsThoughts: false,
} as const;
const ALWAYS_THINKING = { ...SINCE_4_7, off: null } as const;
const SINCE_5_1 = { ...ALWAYS_THINKING, obeysToolChoice: false, bindsThoughts: true } as const;

const FAMILIES: readonly ModelFamily[] = [
  {
    models: /claude-(3|(opus|sonnet|haiku)-4-[0-5])/,
    thinking: 'budget',
    off: 'disabled',
    samples: true,
    prefills: true,
    obeysToolChoice: true,
    bindsThoughts: false,
  },
  { ...SINCE_4_7, models: /claude-(opus|sonnet)-4-6/, samples: true },
  // A date behind the 5 is no digit of a version.
  { ...SINCE_5_1, models: /claude-((fable|mythos)-5-[1-9](?!\d)|opus-5-5)/ },
  { ...SINCE_5_1, models: /claude-sonnet-5-5/, off: 'between_tools' },
  { ...SINCE_4_7, models: /claude-haiku-5-5/, bindsThoughts: true },
  { ...ALWAYS_THINKING, models: /claude-(fable|mythos)-/ },
  { ...SINCE_4_7, models: /claude-(opus-4-[78]|opus-5|sonnet-5)/ },
];

/** One that nobody knows yet is taken for one of the newest, but refused nothing. */
const UNKNOWN: ModelFamily = { ...SINCE_5_1, models: /^/, obeysToolChoice: true };

export function familyOf(model: string): ModelFamily {
  return FAMILIES.find(({ models }) => models.test(model)) ?? UNKNOWN;
}
