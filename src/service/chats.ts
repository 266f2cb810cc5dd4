// A chat as the public face shows it: the turn is begun in its conversation, then it is a request like any other.

import type { Conversations } from '../conversations/conversations.ts';
import { checkCaller } from '../core/check.ts';
import { callerOf } from './caller.ts';
import type { LLMService } from './face.ts';
import type { Requests } from './requests.ts';

export function chatFace(
  conversations: Conversations,
  requests: Requests,
): Pick<LLMService, 'chat' | 'streamChat' | 'startChat'> {
  const startChat: LLMService['startChat'] = async (request, options = {}) => {
    requests.refuseWhenFull();
    const caller = callerOf(request, options);
    checkCaller(caller);
    const turn = await conversations.begin(request, caller);
    try {
      const generation = requests.start(turn.request, { ...options, caller }, turn);
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
