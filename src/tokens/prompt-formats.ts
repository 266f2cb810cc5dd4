// What a vendor's chat format adds to the texts of a prompt, and how its vocabulary compares with o200k, by model. Every figure is
// an upper bound that was fitted to recorded requests and the prompt tokens billed for them (test/tokens/bounds.test.ts prints how
// well): a model that nobody recorded gets OTHER, which is dearer than most.

import type { ModelCard } from '../core/catalog.ts';

export interface PromptFormat {
  /** The family's name, for reports. */
  readonly family: string;
  /** Read against `provider/model`; the first that matches counts. */
  readonly models: RegExp;
  /** Most tokens of theirs for one of o200k's, on ASCII text. */
  readonly most: number;
  /** A vocabulary without tokens of more than one digit. */
  readonly eachDigit: boolean;
  readonly request: number;
  readonly message: number;
  readonly toolCall: number;
  /** How tools are called, once, if there are any. */
  readonly tools: number;
  readonly tool: number;
  /** How an answer in JSON, or by a schema, is asked for. */
  readonly json: number;
  readonly schema: number;
  /** What asking for thought adds. */
  readonly reasoning: number;
  /** One picture, of any size and detail. */
  readonly image: number;
}

/** Groq counts so much for each picture, of any size (console.groq.com/docs/vision). */
const GROQ_IMAGE = 2_048;
/** A picture whose vendor's page gives no bound that covers all sizes: three times Claude's 1,600. */
const LARGE_IMAGE = 4_800;

const PLAIN = {
  most: 1,
  eachDigit: false,
  message: 4,
  toolCall: 12,
  tool: 4,
  json: 8,
  schema: 8,
  reasoning: 0,
  image: LARGE_IMAGE,
};

/** gpt-oss: its own system message has 72 tokens (date, channels). Groq explains JSON and tools in words of its own. */
const HARMONY: PromptFormat = {
  ...PLAIN,
  family: 'gpt-oss',
  models: /gpt-oss/,
  request: 72,
  tools: 20,
  toolCall: 8,
  json: 28,
  schema: 48,
};

/** Nobody recorded it: above what every recorded family but xAI's adds. */
export const OTHER: PromptFormat = {
  family: 'other',
  models: /^/,
  most: 1.4,
  eachDigit: true,
  request: 64,
  message: 10,
  toolCall: 24,
  tools: 680,
  tool: 24,
  json: 32,
  schema: 160,
  reasoning: 64,
  image: LARGE_IMAGE,
};

// It scales a picture down to some 1,600 tokens; the newest models read larger ones.
const CLAUDE = { ...PLAIN, request: 5, toolCall: 24, tool: 18, schema: 160, reasoning: 32, image: 1_600 };
const LLAMA = { ...PLAIN, most: 1.1, message: 5, toolCall: 16, tools: 660, tool: 16 };

const FORMATS: readonly PromptFormat[] = [
  HARMONY,
  // Chat Completions of gpt-5 explains tools at length, Responses doesn't.
  { ...PLAIN, family: 'gpt-5', models: /^(openai|azure|openrouter)\/(openai\/)?gpt-5/, request: 3, tools: 80 },
  { ...PLAIN, family: 'o-series', models: /^(openai|azure)\/o\d/, request: 4, tools: 16, reasoning: 60 },
  // Eight tiles of 5,667 and 2,833: the one model whose pictures are dear.
  {
    ...PLAIN,
    family: 'gpt-4o, gpt-4.1',
    models: /^(openai|azure|openrouter)\/(openai\/)?gpt-4o-mini/,
    request: 4,
    tools: 8,
    image: 48_169,
  },
  {
    ...PLAIN,
    family: 'gpt-4o, gpt-4.1',
    models: /^(openai|azure|openrouter)\/(openai\/)?(gpt-4o|gpt-4\.|chatgpt|computer-use)/,
    request: 4,
    tools: 8,
  },
  {
    ...PLAIN,
    family: 'gpt-4, gpt-3.5',
    models: /^(openai|azure)\/(gpt-(4|3\.5)|text-embedding-)/,
    most: 1.1,
    request: 6,
    tools: 16,
  },
  { ...CLAUDE, family: 'claude 3', models: /claude-3-/, most: 1.2, tools: 360 },
  {
    ...CLAUDE,
    family: 'claude 4.7, 5',
    models: /claude-(opus-4[-.][789]|(opus|sonnet|haiku|fable)-5)/,
    most: 1.6,
    tools: 660,
    image: LARGE_IMAGE,
  },
  // Thought is part of this model's name.
  {
    ...CLAUDE,
    family: 'claude 3',
    models: /^openrouter\/anthropic\/[^:]*:thinking$/,
    most: 1.2,
    request: 37,
    tools: 604,
  },
  { ...CLAUDE, family: 'claude 4', models: /claude/, most: 1.2, tools: 604 },
  {
    ...PLAIN,
    family: 'gemini',
    models: /gemini/,
    most: 1.1,
    eachDigit: true,
    request: 0,
    message: 1,
    toolCall: 24,
    tools: 16,
    tool: 16,
    schema: 24,
  },
  { ...PLAIN, family: 'llama 3', models: /llama-?3-/, most: 1.1, request: 5, message: 5, tools: 660 },
  // A system message with two dates; Groq adds a few words.
  { ...LLAMA, family: 'llama 3 on groq', models: /^groq\/llama-3/, request: 44 },
  { ...LLAMA, family: 'llama 3', models: /llama-?3/i, request: 31 },
  { ...LLAMA, family: 'llama 4', models: /llama-4/i, request: 6 },
  { ...PLAIN, family: 'qwen', models: /qwen/i, most: 1.1, eachDigit: true, request: 9, tools: 136 },
  { ...PLAIN, family: 'kimi', models: /kimi/i, most: 1.1, request: 6, message: 6, tools: 14, tool: 14 },
  { ...PLAIN, family: 'deepseek', models: /deepseek/i, most: 1.2, request: 3, message: 2, tools: 312 },
  {
    ...PLAIN,
    family: 'mistral',
    models: /mistral|magistral|ministral|codestral|devstral/,
    most: 1.2,
    eachDigit: true,
    request: 4,
    tools: 16,
  },
  { ...PLAIN, family: 'glm', models: /glm/i, most: 1.1, request: 4, message: 2, tools: 140, reasoning: 8 },
  // A prompt of the vendor's own, and a longer one with tools.
  { ...PLAIN, family: 'grok', models: /grok/, most: 1.2, request: 188, tools: 150, toolCall: 140 },
];

const FOUND = new WeakMap<ModelCard, PromptFormat>();

/** A vocabulary that the card names counts over what the model's name says. */
export function formatOf(card: ModelCard): PromptFormat {
  let format = FOUND.get(card);
  if (format === undefined) {
    const name = `${card.provider}/${card.model}`;
    const byName = FORMATS.find(({ models }) => models.test(name)) ?? OTHER;
    format = card.encoding === 'o200k_harmony' ? HARMONY : byName;
    if (card.provider === 'groq') format = { ...format, image: GROQ_IMAGE };
    FOUND.set(card, format);
  }
  return format;
}
