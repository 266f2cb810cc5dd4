// How many tokens a prompt has, for the target that would be asked first: the same estimate that an answer tells as its context. It
// asks nobody and costs nothing, so it draws on no window.

import { checkRequest } from '../core/check.ts';
import type { Parts } from '../core/parts.ts';
import type { Caller, LLMRequest } from '../core/request.ts';
import { route } from '../steps/route.ts';
import { callerOf } from './caller.ts';
import type { TokenCount } from './face.ts';

/** Throws what is wrong with the request, and what `route` throws. */
export function countTokens(request: LLMRequest, caller: Caller | undefined, parts: Parts): TokenCount {
  const { systemPrompt = null, messages, tools = [], model } = checkRequest(request);
  const asking = callerOf(request, caller === undefined ? {} : { caller });
  const { card } = route(model, { caller: asking, spokenApi: null }, parts).targets[0];
  const inputTokens = parts.tokens.requestEstimate({ systemPrompt, messages, tools }, card);
  return { inputTokens, provider: card.provider, model: card.model };
}
