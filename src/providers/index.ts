// The providers that there are, as the configuration asks for them.

import type { LLMProvider } from '../core/provider.ts';
import { createGroq } from './groq.ts';
import { createOffline } from './offline.ts';

export { groqKeyProblem } from './groq.ts';

export interface ProviderSettings {
  readonly primaryProvider: 'groq' | 'offline';
  /** Null: not configured. */
  readonly groqApiKey: { reveal(): string } | null;
  readonly groqBaseUrl: string;
}

/** The offline one is there only where no vendor is asked: nobody who has a key must get its answers by mistake. */
export function createProviders({
  primaryProvider,
  groqApiKey,
  groqBaseUrl,
}: ProviderSettings): readonly LLMProvider[] {
  if (primaryProvider === 'offline' || groqApiKey === null) return [createOffline()];
  return [createGroq({ apiKey: groqApiKey.reveal(), baseUrl: groqBaseUrl })];
}
