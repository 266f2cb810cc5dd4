// A chat as the public face shows it: the turn is begun in its conversation, then it is a request like any other.

import type { Conversations } from '../conversations/conversations.ts';
import { checkCaller } from '../core/check.ts';
import type { ChatRequest } from '../core/conversations.ts';
import { llmError } from '../core/errors.ts';
import type { Caller } from '../core/request.ts';
import { callerOf } from './caller.ts';
import type { LLMService, StartedChat } from './face.ts';
import type { Begun } from './key-claims.ts';
import type { Requests, StartOptions } from './requests.ts';

export function chatFace(
  conversations: Conversations,
  requests: Requests,
): Pick<LLMService, 'chat' | 'streamChat' | 'startChat'> {
  const startChat: LLMService['startChat'] = async (request, options = {}) => {
    const caller = callerOf(request, options);
    checkCaller(caller);
    const { idempotencyKey: key, stream: isStream = true } = options;
    if (key === undefined) return begin(request, options, caller);
    const asked = { chat: request, isStream };
    const begun = await requests.once.run({
      ...{ owner: caller, key, asked, isStream },
      begin: async (generationId) => ({ ...(await begin(request, options, caller, generationId)), isHere: true }),
    });
    return startedOf(begun);
  };
  const begin = async (
    request: ChatRequest,
    options: StartOptions,
    caller: Caller,
    generationId?: string,
  ): Promise<StartedChat> => {
    requests.refuseWhenFull();
    const turn = await conversations.begin(request, caller);
    try {
      const how = { turn, ...(generationId !== undefined && { generationId }) };
      const generation = requests.begin(turn.request, { ...options, caller }, how);
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

function startedOf({ generation, conversationId }: Begun): StartedChat {
  if (conversationId === null) throw llmError('internal', 'A turn was begun outside any conversation');
  return { generation, conversationId };
}
