// Several keys at one vendor as one provider. The keys take turns; one that fails by itself is stood in for by the next. They are told
// apart by their place in the configuration, never by anything of the key.

import type { LLMProvider } from '../core/provider.ts';

/** The same vendor by each of its keys, in the order of the configuration. */
export function keyPool(byKey: readonly [LLMProvider, ...LLMProvider[]]): LLMProvider {
  const [only, ...others] = byKey;
  if (others.length === 0) return only;
  const pool: LLMProvider[] = [];
  for (const [index, provider] of byKey.entries()) {
    pool.push({ ...provider, account: `${provider.id}#${index + 1}`, pool });
  }
  const [first = only] = pool;
  return first;
}
