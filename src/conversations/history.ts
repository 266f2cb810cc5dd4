// What a conversation gives the model, and what the user says next. What was said is sent back as it stands, signatures included;
// only calls that nobody has answered are left out, since a vendor refuses the whole request for one of them.

import { checkRequest } from '../core/check.ts';
import { type ChatRequest, type ConversationMessage, PARTIAL_ENDINGS } from '../core/conversations.ts';
import { LLMError, llmError } from '../core/errors.ts';
import { mediaOf } from '../core/media.ts';
import { type AnswerPart, type LLMRequest, type Message, textOf, toolCallsOf } from '../core/request.ts';

/** Of a whole conversation when a turn begins. A request takes no more messages, and the gateway no larger body. */
const MESSAGES_MOST = 500;
const CHARACTERS_MOST = 8 * 1_048_576;

export type Said = readonly ConversationMessage['message'][];

/** The user's side of the next turn. Throws what is wrong with it before anybody is asked, a store least of all. */
export function saidIn(request: ChatRequest): Said {
  const { message, toolResults = [], conversationId, conversationVersion, ...options } = request;
  if ('messages' in options)
    throw llmError('unknown_parameter', 'A chat has one message; leave messages out', { param: 'messages' });
  if (conversationVersion !== undefined && !(conversationId !== undefined && Number.isSafeInteger(conversationVersion)))
    throw invalid('conversationVersion', 'is the version, a whole number, of the conversation that is named beside it');
  if (!Array.isArray(toolResults) || !toolResults.every(isToolResult))
    throw invalid('toolResults', 'is a list of results, each with its toolCallId and its content');
  if (message === undefined && toolResults.length === 0) throw invalid('message', 'says nothing');
  const results = toolResults.map(({ toolCallId, content }) => ({ role: 'tool' as const, toolCallId, content }));
  const said: Said = message === undefined ? results : [...results, { role: 'user', content: message }];
  const { messages } = checked({ ...options, messages: said }, results.length);
  if (message !== undefined && textOf(spoken(message)).trim() === '' && mediaOf(spoken(message)).length === 0)
    throw invalid('message', 'says nothing');
  return messages.filter((clean) => clean.role !== 'system');
}

function checked(request: LLMRequest, results: number): LLMRequest {
  try {
    return checkRequest(request);
  } catch (error) {
    throw inChatWords(error, results);
  }
}

function isToolResult(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  const content = Reflect.get(result, 'content');
  return (
    typeof Reflect.get(result, 'toolCallId') === 'string' && (typeof content === 'string' || Array.isArray(content))
  );
}

function spoken(content: NonNullable<ChatRequest['message']>): Message {
  return { role: 'user', content };
}

/** The caller sent one message and knows nothing of a list. */
function inChatWords(error: unknown, results: number): unknown {
  if (!(error instanceof LLMError)) return error;
  const [whole, index = ''] = /^messages\[(\d+)\]/.exec(error.param ?? '') ?? [];
  if (whole === undefined) return error;
  const param = Number(index) < results ? `toolResults[${index}]` : 'message';
  return llmError(error.code, error.message.replaceAll(whole, param), { param });
}

function invalid(param: string, what: string): LLMError {
  return llmError('invalid_request', `${param} ${what}`, { param });
}

/** Throws when the conversation has no room for another turn, or the results are none that it waits for. */
export function checkNext(messages: readonly ConversationMessage[], said: Said): void {
  const characters = [...messages.map(({ message }) => message), ...said].reduce(
    (sum, { content }) => sum + (typeof content === 'string' ? content : JSON.stringify(content)).length,
    0,
  );
  if (messages.length + said.length >= MESSAGES_MOST)
    throw llmError('too_many_messages', `A conversation has at most ${MESSAGES_MOST} messages; begin a new one`);
  if (characters > CHARACTERS_MOST)
    throw llmError('request_too_large', `A conversation has at most ${CHARACTERS_MOST} characters; begin a new one`);
  checkResults(messages, said);
}

function checkResults(messages: readonly ConversationMessage[], said: Said): void {
  const given = said.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []));
  const last = messages.at(-1);
  const isWhole = last?.answer != null && !PARTIAL_ENDINGS.has(last.answer.ending);
  const waiting = last !== undefined && isWhole ? toolCallsOf(last.message).map(({ toolCallId }) => toolCallId) : [];
  // A user who says something else instead has thought better of the call.
  if (given.length === 0) return;
  if ([...given].sort().join('\n') !== [...waiting].sort().join('\n'))
    throw invalid('toolResults', 'are those of the tools that the last answer called: each once, and no others');
}

/** The conversation as the model is asked it. */
export function historyOf(messages: readonly ConversationMessage[], said: Said): LLMRequest['messages'] {
  const all = [...messages.map(withoutRemains), ...said];
  return all.flatMap((message, index) => {
    if (message.role !== 'assistant' || typeof message.content === 'string')
      return hasContent(message) ? [message] : [];
    const answered = answeredAfter(all, index);
    const content = message.content.filter((part) => part.type !== 'tool-call' || answered.has(part.toolCallId));
    return content.some(({ type }) => type !== 'reasoning') ? [{ ...message, content }] : [];
  });
}

/** Of a partial answer its text: half a thought has no signature, half a call no arguments. */
function withoutRemains({ message, answer }: ConversationMessage): Message {
  if (message.role !== 'assistant' || !PARTIAL_ENDINGS.has(answer?.ending ?? null)) return message;
  if (typeof message.content === 'string') return message;
  return { role: 'assistant', content: textOf({ role: 'assistant', content: message.content.filter(isText) }) };
}

function isText({ type }: AnswerPart): boolean {
  return type === 'text';
}

/** An answer without a word is none that a vendor takes back. */
function hasContent({ role, content }: Message): boolean {
  return role !== 'assistant' || content !== '';
}

function answeredAfter(messages: readonly Message[], index: number): ReadonlySet<string> {
  const answered = new Set<string>();
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break;
    answered.add(message.toolCallId);
  }
  return answered;
}

const TITLE_CHARACTERS = 60;
const UNTITLED = 'New conversation';

/** The first words of the first message. */
export function titleFrom(said: Said): string {
  const words = said
    .map((message) => (message.role === 'user' ? textOf(message) : ''))
    .join(' ')
    .slice(0, 1_000)
    .split(/[\s\p{Cc}]+/u)
    .filter((word) => word !== '');
  let title = '';
  for (const word of words) {
    if (title !== '' && title.length + word.length + 1 > TITLE_CHARACTERS) return `${title} …`;
    title = title === '' ? word : `${title} ${word}`;
  }
  if (title === '') return UNTITLED;
  return title.length <= TITLE_CHARACTERS ? title : `${title.slice(0, TITLE_CHARACTERS).toWellFormed()}…`;
}
