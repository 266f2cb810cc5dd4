// A chat as the public face shows it: the turn is begun in its conversation, then it is a request like any other.

import type { Conversations } from '../conversations/conversations.ts';
import { checkCaller } from '../core/check.ts';
import type { ChatRequest } from '../core/conversations.ts';
import { llmError } from '../core/errors.ts';
import type { Caller } from '../core/request.ts';
import { callerOf } from './caller.ts';
import type { ChatOptions, LLMService, StartedChat } from './face.ts';
import type { Begun } from './key-claims.ts';
import { promptTurn } from './prompt-turns.ts';
import type { Prompts } from './prompts.ts';
import type { Requests } from './requests.ts';

export function chatFace(
  conversations: Conversations,
  requests: Requests,
  prompts: Prompts,
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
    options: ChatOptions,
    caller: Caller,
    generationId?: string,
  ): Promise<StartedChat> => {
    requests.refuseWhenFull();
    const byPrompt = promptTurn(request, caller, prompts, options);
    const turn = await conversations.begin(byPrompt?.said ?? request, caller);
    try {
      const { messages, model } = turn.request;
      const asked = byPrompt?.ask(messages, model) ?? { request: turn.request };
      const how = { turn, ...asked, ...(generationId !== undefined && { generationId }) };
      const generation = requests.begin(asked.request, { ...options, caller }, how);
      if (byPrompt !== null) prompts.madeBy(byPrompt.template, generation);
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
      const response = prompts.inCamelCase(await generation.whole(options.signal), generation);
      return { ...response, conversationId, conversationVersion: response.conversationVersion ?? 0 };
    },
    async *streamChat(request, options = {}) {
      const { generation } = await startChat(request, options);
      for await (const event of generation.read(options.signal))
        yield prompts.eventInCamelCase(event, generation, request.prompt);
    },
  };
}

function startedOf({ generation, conversationId }: Begun): StartedChat {
  if (conversationId === null) throw llmError('internal', 'A turn was begun outside any conversation');
  return { generation, conversationId };
}
