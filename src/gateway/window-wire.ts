// A window on the wire: named as in the YAML file, money as decimal strings. The same form in `limits` and in a refusal.

import { formatUsd, fromNanoUsd, type Refusal, WINDOWS } from '../index.ts';

export function windowJson(state: Omit<Refusal, 'cheaperModels'>) {
  const { scope, window, limit, used, remaining, resetsAtMs } = state;
  const isMoney = WINDOWS[window].measure === 'nano_usd';
  const amount = (value: number) => (isMoney ? formatUsd(fromNanoUsd(value)) : value);
  return {
    scope,
    window,
    limit: amount(limit),
    used: amount(used),
    remaining: amount(remaining),
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  };
}
