// A chat as the public face shows it: the turn is begun in its conversation, then it is a request like any other.

import type { Conversations } from '../conversations/conversations.ts';
import { checkCaller } from '../core/check.ts';
import type { LogKeeper } from '../core/parts.ts';
import type { LLMRequest } from '../core/request.ts';
import type { Generation } from '../generations/generation.ts';
import { callerOf } from './caller.ts';
import type { CompletionOptions, LLMService } from './face.ts';

export interface ChatParts {
  readonly conversations: Conversations;
  /** Throws while no request is taken. */
  readonly refuseWhenFull: () => void;
  readonly start: (request: LLMRequest, options: StartOptions, turn: LogKeeper) => Generation;
}

export type StartOptions = CompletionOptions & { readonly stream?: boolean };

export function chatFace(parts: ChatParts): Pick<LLMService, 'chat' | 'streamChat' | 'startChat'> {
  const startChat: LLMService['startChat'] = async (request, options = {}) => {
    parts.refuseWhenFull();
    const caller = callerOf(request, options);
    checkCaller(caller);
    const turn = await parts.conversations.begin(request, caller);
    try {
      const generation = parts.start(turn.request, { ...options, caller }, turn);
      return { conversationId: turn.conversationId, generation };
    } catch (error) {
      await turn.abandon();
      throw error;
    }
  };
  return {
    startChat,
    async chat(request, options = {}) {
      const { conversationId, generation } = await startChat(request, { ...options, stream: false });
      const response = await generation.whole(options.signal);
      return { ...response, conversationId, conversationVersion: response.conversationVersion ?? 0 };
    },
    async *streamChat(request, options = {}) {
      yield* (await startChat(request, options)).generation.read(options.signal);
    },
  };
}
