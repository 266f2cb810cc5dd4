// A JSON schema for a model that takes none: the model is told it in words, its answer is checked before anybody reads it, and one that
// does not keep to the schema goes back once with what was wrong (withheld-answer.ts). What is told stands in the request as it is sent, so that hold,
// estimate and cache key see it.

import type { ModelCard, TokenCounter } from './catalog.ts';
import { stringAt } from './json.ts';
import type { FittedRequest, ResponseFormat } from './request.ts';

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

/** What the vendor is asked for. */
export function formatSent({
  responseFormat,
  emulated,
}: Pick<FittedRequest, 'responseFormat' | 'emulated'>): ResponseFormat {
  return emulated === undefined ? responseFormat : { type: emulated };
}
