// What was asked and what models wrote, a line of JSON for each prompt, so that every check can be run again without a model: a changed
// validator shows as other verdicts, a changed template as another hash.

import { z } from 'zod';
import { canonicalJson, type JsonObject, type JudgeVerdict, type PromptVersion } from '../index.ts';
import { EvaluationError } from './evaluation-error.ts';

const json: z.ZodType<JsonObject> = z.record(z.string(), z.json());

const writtenSchema = z.object({
  text: z.string(),
  /** What the judge said of it then: null where it accepted it, else the rules and places. */
  refused: z.string().nullable(),
  /** The rules that it broke. */
  rules: z.array(z.string()),
});

const askSchema = z.object({
  suite: z.string(),
  case: z.string(),
  model: z.string(),
  provider: z.string(),
  vendor_model: z.string(),
  prompt: z.object({ name: z.string(), version: z.string(), hash: z.string() }),
  variables: json,
  written: z.array(writtenSchema),
  /** Null: the answer is as it was told by the checks, also where nothing was accepted. */
  failure: z.string().nullable(),
  tokens: z.number().nullable(),
  cost_usd: z.string().nullable(),
  response_time_ms: z.number(),
});

export type RecordedAsk = z.output<typeof askSchema>;
export type Written = z.output<typeof writtenSchema>;

export function recordLine(ask: RecordedAsk): string {
  return `${JSON.stringify(ask)}\n`;
}

/** Asks by who asked what: the same case may ask one prompt with the same variables twice, and gets its answers in order. */
export class Recording {
  readonly #asks = new Map<string, RecordedAsk[]>();
  readonly models: readonly string[];

  /** Throws an EvaluationError that names the line. */
  constructor(text: string) {
    const asks = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, index + 1)]));
    for (const ask of asks) {
      const key = keyOf(ask.model, ask.case, ask.prompt.name, ask.variables);
      const known = this.#asks.get(key);
      if (known === undefined) this.#asks.set(key, [ask]);
      else known.push(ask);
    }
    if (asks.length === 0) throw new EvaluationError('There is nothing in the recording');
    this.models = [...new Set(asks.map(({ model }) => model))];
  }

  /** Null: it was not recorded. */
  take(model: string, caseId: string, prompt: string, variables: JsonObject): RecordedAsk | null {
    return this.#asks.get(keyOf(model, caseId, prompt, variables))?.shift() ?? null;
  }
}

function readLine(line: string, number: number): RecordedAsk {
  try {
    return askSchema.parse(JSON.parse(line));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : 'it is no JSON';
    throw new EvaluationError(`Line ${number} of the recording cannot be read: ${why}`);
  }
}

function keyOf(...parts: readonly [model: string, caseId: string, prompt: string, variables: JsonObject]): string {
  return canonicalJson(parts);
}

/** The verdicts that a change of the checks has changed. */
export interface VerdictChange {
  readonly case: string;
  readonly prompt: string;
  readonly before: string | null;
  readonly now: string | null;
}

/** Null: the same. */
export function changeOf(ask: RecordedAsk, before: Written, now: JudgeVerdict): VerdictChange | null {
  const told = now.isAccepted ? null : now.place;
  if (before.refused === told) return null;
  return { case: ask.case, prompt: ask.prompt.name, before: before.refused, now: told };
}

export function isSameTemplate(recorded: PromptVersion, now: PromptVersion): boolean {
  return recorded.hash === now.hash;
}
