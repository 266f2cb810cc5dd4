// A JSON schema for a model that takes none: the model is told it in words, its answer is checked before anybody reads it, and one that
// does not keep to the schema goes back once with what was wrong. What is told stands in the request as it is sent, so that hold,
// estimate and cache key see it.

import type { ModelCard, TokenCounter } from './catalog.ts';
import type { LLMError } from './errors.ts';
import { contentOf } from './events.ts';
import type { Fitted } from './fitted.ts';
import { stringAt } from './json.ts';
import type { AnswerPart, FittedRequest, Message, ResponseFormat } from './request.ts';

/** What a model without schemas is told. */
export interface Emulation {
  readonly instruction: string;
  readonly estimatedTokens: number;
}

/** Null: no schema is asked for. */
export function emulationOf(
  { responseFormat, tools }: Pick<FittedRequest, 'responseFormat' | 'tools'>,
  tokens: Pick<TokenCounter, 'estimate'>,
): Emulation | null {
  if (responseFormat.type !== 'json-schema') return null;
  const { name, description, schema } = responseFormat;
  const instruction =
    `${tools.length === 0 ? 'Answer' : 'Call tools as you need them; when you answer, answer'} with one JSON value and ` +
    'nothing else: no words before or after it, no code fence. ' +
    `It is the "${name}"${description === undefined ? '' : ` (${description})`}, and must keep to this JSON Schema:\n` +
    JSON.stringify(schema);
  return { instruction, estimatedTokens: tokens.estimate(instruction) };
}

/** The request as this model is asked it. */
export function asToldTo(request: FittedRequest, emulation: Emulation | null, { features }: ModelCard): FittedRequest {
  if (emulation === null || features.has('json_schema')) return request;
  const { systemPrompt } = request;
  return {
    ...request,
    systemPrompt: systemPrompt === null ? emulation.instruction : `${systemPrompt}\n\n${emulation.instruction}`,
    emulated: features.has('json_mode') && fitsJsonMode(request) ? 'json' : 'text',
  };
}

/** JSON mode gives objects alone, and vendors differ in whether it goes with tools. */
function fitsJsonMode({ responseFormat, tools }: FittedRequest): boolean {
  return (
    responseFormat.type === 'json-schema' && stringAt(responseFormat.schema, 'type') === 'object' && tools.length === 0
  );
}

export function emulatedBy(fitted: Fitted, card: ModelCard): Fitted {
  const { emulation, context } = fitted;
  const request = asToldTo(fitted.request, emulation, card);
  if (emulation === null || request === fitted.request) return fitted;
  const estimatedTokens = context.estimatedTokens + emulation.estimatedTokens;
  return { ...fitted, request, context: { ...context, estimatedTokens } };
}

/** What the vendor is asked for. */
export function formatSent({
  responseFormat,
  emulated,
}: Pick<FittedRequest, 'responseFormat' | 'emulated'>): ResponseFormat {
  return emulated === undefined ? responseFormat : { type: emulated };
}

/** An answer, or what there was of one, that nobody has read: the cause of a failure. It stays in this process. */
export class WithheldAnswer {
  /** It was written, so it is paid for. */
  readonly parts: readonly AnswerPart[];
  /** What was wrong with it, in words for the model; null: it did not come to its end. */
  readonly problem: string | null;

  constructor(parts: readonly AnswerPart[], problem: string | null) {
    this.parts = parts;
    this.problem = problem;
  }
}

export function withheldIn(failure: LLMError | null): WithheldAnswer | null {
  return failure?.cause instanceof WithheldAnswer ? failure.cause : null;
}

/** Of an answer that goes back: enough to see what was wrong, and a small part of any window. */
const MOST_REPEATED = 4_000;

/** With what was wrong the last time; unchanged where that is nothing, or would not fit beside the answer. */
export function repaired(
  fitted: Fitted,
  failure: LLMError | null,
  { tokens }: { readonly tokens: Pick<TokenCounter, 'messageEstimate'> },
): Fitted {
  const { request, context, emulation } = fitted;
  const { parts = [], problem = null } = withheldIn(failure) ?? {};
  const text = contentOf(parts);
  if (problem === null || emulation === null || text.trim() === '') return fitted;
  const added: readonly Message[] = [
    { role: 'assistant', content: text.slice(0, MOST_REPEATED).toWellFormed() },
    {
      role: 'user',
      content: `That answer was refused: ${problem}. Answer again, with the whole JSON value and nothing else.`,
    },
  ];
  const estimatedTokens = added.reduce(
    (sum, message) => sum + tokens.messageEstimate(message),
    context.estimatedTokens,
  );
  if (estimatedTokens + emulation.estimatedTokens > context.window) return fitted;
  const messages = [...request.messages, ...added];
  return {
    ...fitted,
    request: { ...request, messages },
    context: { ...context, estimatedTokens },
    keptAs: request.messages,
  };
}
