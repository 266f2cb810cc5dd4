// Every recorded exchange, with the client that its vendor gives its users and the name by which the gateway asks the vendor that is
// played. What nobody can ask here is told with its reason.

import { VENDOR_CARDS } from '../../src/catalog/vendor-cards.ts';
import { MODEL } from '../gateway/start.ts';
import { type Recording, recordingsOf } from '../providers/recorded.ts';
import type { Sdk } from './official-sdks.ts';

export interface Exchange {
  readonly recording: Recording;
  /** What its vendor's users ask it with. */
  readonly sdk: Sdk;
  /** By which of its APIs the gateway asks OpenAI: one at a time. */
  readonly openAiApi: 'chat' | 'responses';
  /** As the gateway knows it. */
  readonly model: string;
}

const ASKED_BY: Readonly<Record<string, Sdk>> = {
  'chat.completions': 'openai',
  messages: 'anthropic',
  responses: 'openai responses',
  generateContent: 'google',
};

/** The APIs of which there are recordings that nobody asks here. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  bedrock: 'Bedrock’s own dialect',
  'cohere-chat': 'Cohere’s own dialect',
  completions: 'the former Completions API',
  count_tokens: 'a count of tokens, for which no vendor is asked',
  embeddings: 'not a completion',
  models: 'not a completion',
  moderation: 'not a completion',
  'ollama-native': 'Ollama’s own dialect',
  transcription: 'not a completion',
};

/** Whose models are in a catalogue here. */
const VENDORS: Readonly<Record<string, keyof typeof VENDOR_CARDS>> = {
  groq: 'groq',
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'gemini',
  'google-vertex': 'gemini',
};

/** What was recorded in a form that is never asked for, neither by Google's own client nor here. */
function oddForm({ file, body }: Recording): string | null {
  if (Array.isArray(body)) return 'a stream as a list of chunks, as Google gives it without server-sent events';
  if (/google-stream-(no-args-tool-call|tool-call-arguments)/.test(file)) return 'arguments of calls in pieces';
  return null;
}

export const EXCHANGES: readonly Exchange[] = Object.entries(ASKED_BY).flatMap(([api, sdk]) =>
  recordingsOf(api)
    .filter((recording) => oddForm(recording) === null)
    .map((recording) => ({
      recording,
      sdk: recording.provider === 'groq' ? 'groq-sdk' : sdk,
      openAiApi: recording.provider === 'openai' && api === 'responses' ? 'responses' : 'chat',
      model: modelFor(recording, api),
    })),
);

/** Why so many recordings are not compared: with those above they are all. */
export function whyNotCompared(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = (why: string, recordings: number) => {
    if (recordings > 0) counts[why] = (counts[why] ?? 0) + recordings;
  };
  for (const [api, why] of Object.entries(NOT_ASKED)) count(why, recordingsOf(api).length);
  for (const api of Object.keys(ASKED_BY))
    for (const recording of recordingsOf(api)) {
      const why = oddForm(recording);
      if (why !== null) count(why, 1);
    }
  return counts;
}

/** Vendors with a catalogue here know their models; servers are asked for whatever name is written. */
function modelFor(recording: Recording, api: string): string {
  const { provider, model } = recording;
  const name = model ?? 'recorded';
  // Anthropic and Google speak Chat Completions too, by servers of their own.
  const vendor = api === 'chat.completions' && provider === 'anthropic' ? undefined : VENDORS[provider];
  if (vendor === undefined) return `${provider}-${api === 'responses' ? 'responses' : 'chat'}/${name}`;
  const known = VENDOR_CARDS[vendor].map((card) => card.model);
  const found = [name, name.replace(/-\d{4}-?\d{2}-?\d{2}$/, '')].find((each) => known.includes(each));
  return `${vendor}/${found ?? standInFor(vendor, recording)}`;
}

/** Of the recorded models most have ended: one that takes the same is asked in their place. */
function standInFor(vendor: keyof typeof VENDOR_CARDS, { model, request }: Recording): string {
  switch (vendor) {
    case 'groq':
      return /qwen/.test(model ?? '') || JSON.stringify(request).includes('image_url') ? 'qwen/qwen3.8-27b' : MODEL;
    case 'openai':
      return /^(gpt-5|o\d)/.test(model ?? '') ? 'gpt-5-mini' : 'gpt-4.1-mini';
    case 'anthropic':
      return 'claude-sonnet-4-5';
    case 'gemini':
      return 'gemini-2.5-flash';
  }
}

/** The servers of the recordings, as an operator describes them; of some a preset is known. */
export function configurationFor(replayUrl: string, openAiApi: Exchange['openAiApi']): string {
  const servers = EXCHANGES.map(({ model }) => model.slice(0, model.indexOf('/'))).filter((id) => /-/.test(id));
  const lines = [...new Set(servers)].map((id) => {
    const [, provider = '', api = ''] = /^(.+)-(chat|responses)$/.exec(id) ?? [];
    const preset = PRESETS.has(provider) ? `, preset: ${provider}` : '';
    const reasoning = provider === 'zai' ? ', reasoning_field: reasoning_content' : '';
    const url = `${replayUrl}/${provider}/v1`;
    return `  ${id}: { type: compatible${preset}${reasoning}, api: ${api}, base_url: "${url}", api_key: none }`;
  });
  return [
    'breaker: { failures: 1000, open_ms: 1 }',
    'retry: { max_retries: 0 }',
    'providers:',
    `  openai: { api: ${openAiApi} }`,
    ...lines,
  ].join('\n');
}

const PRESETS: ReadonlySet<string> = new Set([
  ...['azure', 'cerebras', 'deepseek', 'mistral', 'ollama', 'openrouter', 'together', 'xai'],
]);
