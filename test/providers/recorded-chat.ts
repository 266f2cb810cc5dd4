// Recorded traffic of Chat Completions as each vendor means it: who is asked how, and the figures that a vendor means otherwise than the
// dialect.

import { numberAt, objectAt } from '../../src/core/json.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import { PRESETS } from '../../src/providers/compatible/presets.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { CANARY_KEY } from '../contract/provider.ts';
import { type Reading, type Recording, readingOf } from './recorded.ts';

/** Of the vendors without a preset nothing is known but the dialect. The address is where it would be asked. */
export function chatProviderFor(vendor: string, baseUrl = 'https://vendor.example'): LLMProvider {
  const account = { apiKey: CANARY_KEY, baseUrl };
  if (vendor === 'groq') return createGroq(account);
  if (vendor === 'openai') return createOpenAi(account);
  return createCompatible({ id: vendor, ...account, ...(isPreset(vendor) ? { preset: vendor } : {}) });
}

function isPreset(vendor: string): vendor is keyof typeof PRESETS {
  return Object.hasOwn(PRESETS, vendor);
}

/** Only to the deprecated `functions`, which we never send, is a `function_call` answered. */
export const FUNCTION_CALL = 'openai/tools/openllmetry--test-open-ai-function-calls-4.json';

/** The figures as the vendor means them, where it means them otherwise than the dialect. */
export function meantBy(recording: Recording): Reading {
  const reading = readingOf(recording);
  const usage = objectAt(recording.body, 'usage');
  switch (recording.provider) {
    case 'xai':
      return { ...reading, completionTokens: (reading.completionTokens ?? 0) + (reading.reasoningTokens ?? 0) };
    case 'together':
      return { ...reading, cachedTokens: numberAt(usage, 'cached_tokens') };
    default:
      return reading;
  }
}
