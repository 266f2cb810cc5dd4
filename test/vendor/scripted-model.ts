// A model whose faults are known: it writes what the offline provider would (a sample that every check accepts) and, by a chance of its own,
// spoils it. So whatever is reported of it can be held against what was planted.

import type { JsonObject, OwnProvider } from '../../src/index.ts';

/** What it does with an answer that is right; null: nothing that it can spoil is there. */
export type Fault = (written: JsonObject, asked: ScriptedAsk) => string | JsonObject | null;

export interface ScriptedAsk {
  /** All that it was told, as one text. */
  readonly prompt: string;
  /** What the schema that it was asked for is called: the prompt's name. */
  readonly name: string;
  /** How often it was told what was wrong. */
  readonly repairs: number;
}

export interface ScriptedModel {
  readonly provider: OwnProvider;
  /** How often each fault was done to an answer. */
  readonly planted: Map<string, number>;
  /** How many answers it has written. */
  answers: number;
}

export interface Script {
  readonly id?: string;
  /** Of each answer by itself; the first that is drawn is done. */
  readonly faults: Readonly<Record<string, { readonly rate: number; readonly fault: Fault }>>;
  readonly random: () => number;
}

export function scriptedModel({ id = 'scripted', faults, random }: Script): ScriptedModel {
  const model: ScriptedModel = {
    planted: new Map(),
    answers: 0,
    provider: {
      id,
      billAfterCancel: 'stops',
      models: [{ name: 'tutor', contextWindow: 131_072, outputLimit: 32_768, price: { input: '1', output: '2' } }],
      transport: {
        kind: 'direct',
        async answer(request, name, emit) {
          model.answers++;
          emit({ type: 'answer-start', id: null, model: name });
          const sample = sampleIn(request.providerOptions);
          const format = request.responseFormat;
          const repairs = request.messages.filter(({ role, content }) => role === 'user' && isRefusal(content)).length;
          const asked = {
            prompt: [
              request.systemPrompt ?? '',
              ...request.messages.map(({ content }) => JSON.stringify(content)),
            ].join('\n'),
            name: format.type === 'json-schema' ? format.name : '',
            repairs,
          };
          const spoiled = spoil(sample, asked, faults, random, model.planted);
          const text = typeof spoiled === 'string' ? spoiled : JSON.stringify(spoiled);
          emit({ type: 'text-delta', text });
          emit({
            type: 'answer-end',
            finishReason: 'stop',
            finishReasonRaw: 'stop',
            usage: {
              inputTokens: 900,
              outputTokens: 300,
              cacheReadTokens: null,
              cacheWriteTokens: null,
              reasoningTokens: null,
            },
            providerMetadata: {},
          });
        },
      },
    },
  };
  return model;
}

function spoil(
  sample: JsonObject,
  asked: ScriptedAsk,
  faults: Script['faults'],
  random: Script['random'],
  planted: Map<string, number>,
): string | JsonObject {
  for (const [name, { rate, fault }] of Object.entries(faults)) {
    if (random() >= rate) continue;
    const spoiled = fault(sample, asked);
    if (spoiled === null) continue;
    planted.set(name, (planted.get(name) ?? 0) + 1);
    return spoiled;
  }
  return sample;
}

function isRefusal(content: unknown): boolean {
  return typeof content === 'string' && content.startsWith('That answer was refused');
}

function sampleIn(options: Readonly<Record<string, JsonObject>>): JsonObject {
  const sample = options['offline']?.['sample'];
  if (typeof sample === 'string') return JSON.parse(sample);
  throw new Error('The request brings no sample');
}
