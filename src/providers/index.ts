// The providers that there are, as the configuration asks for them, and what is wrong with how it does.

import type { LLMProvider } from '../core/provider.ts';
import type { ProviderSettings, VendorId, VendorSettings } from '../core/provider-settings.ts';
import { anthropicKeyProblem, createAnthropic } from './anthropic.ts';
import { describedBy } from './compatible/described.ts';
import { createCompatible } from './compatible.ts';
import { createGemini, geminiKeyProblem } from './gemini.ts';
import { createGroq, groqKeyProblem } from './groq.ts';
import { keyPool } from './key-pool.ts';
import { createOffline } from './offline.ts';
import { createOpenAi, openAiKeyProblem } from './openai.ts';

export { serverFaults } from './compatible/described.ts';

const KEY_PROBLEMS: Readonly<Record<VendorId, (key: string, baseUrl: string) => string | null>> = {
  groq: groqKeyProblem,
  openai: openAiKeyProblem,
  anthropic: anthropicKeyProblem,
  gemini: geminiKeyProblem,
};

/** What is wrong with the form of a key; null when nothing is. It never repeats the key. */
export function keyProblem(vendor: VendorId, key: string, baseUrl: string): string | null {
  return KEY_PROBLEMS[vendor](key, baseUrl);
}

/** Null: nobody knows the model's. */
type OutputLimitOf = (vendor: VendorId, model: string) => number | null;

interface ConfiguredProviders {
  readonly primaryProvider: string;
  readonly providers: readonly ProviderSettings[];
}

/** The offline one is there only where it is the primary one: nobody who has a key must get its answers by mistake. */
export function createProviders(
  { primaryProvider, providers }: ConfiguredProviders,
  outputLimitOf: OutputLimitOf,
): readonly LLMProvider[] {
  const make = (settings: ProviderSettings) =>
    settings.kind === 'server'
      ? createCompatible(describedBy(settings))
      : createVendor(settings, (model) => outputLimitOf(settings.id, model));
  const made = providers.map((settings) => {
    const others = settings.moreApiKeys.map((apiKey) => make({ ...settings, apiKey }));
    return keyPool([make(settings), ...others]);
  });
  return primaryProvider === 'offline' ? [createOffline(), ...made] : made;
}

function createVendor(
  { id, apiKey, baseUrl, api }: VendorSettings,
  outputLimitOf: (model: string) => number | null,
): LLMProvider {
  const account = { apiKey: apiKey.reveal(), baseUrl };
  switch (id) {
    case 'groq':
      return createGroq(account);
    case 'openai':
      return createOpenAi({ ...account, ...(api !== null && { api }) });
    case 'anthropic':
      return createAnthropic({ ...account, outputLimitOf });
    case 'gemini':
      return createGemini(account);
  }
}
