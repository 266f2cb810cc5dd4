// A turn of a conversation that a prompt answers: the conversation is its history, and what is said of its data is the answer. Whatever
// else decides an answer the template decides.

import type { ChatRequest } from '../core/conversations.ts';
import { llmError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, numberAt, objectAt } from '../core/json.ts';
import type { Accepted, Judge } from '../core/judge.ts';
import type { Caller, LLMRequest, Message } from '../core/request.ts';
import type { PromptTemplate } from '../prompts/library.ts';
import type { PromptOptions } from './prompt-face.ts';
import type { AskedPrompt, Prompts } from './prompts.ts';

/** What a caller says of a turn by a prompt; all else the template has. */
const SAID: ReadonlySet<string> = new Set<keyof ChatRequest>([
  ...(['prompt', 'variables', 'message', 'conversationId', 'conversationVersion'] as const),
  ...(['model', 'temperature', 'maxTokens', 'cache', 'userId', 'tags'] as const),
]);

export interface PromptTurn {
  /** What the conversation is told. */
  readonly said: ChatRequest;
  /** What answers, also behind a reload: the caller was let in to this one. */
  readonly template: PromptTemplate;
  /** With the conversation as it is then. Throws what is wrong with the variables. */
  ask(messages: LLMRequest['messages'], model: string | undefined): AskedPrompt;
}

/** Null: no prompt answers. Throws what is wrong with the turn, before anything of it is begun. */
export function promptTurn(
  { prompt: name, variables, ...said }: ChatRequest,
  caller: Caller,
  prompts: Prompts,
  options: Pick<PromptOptions, 'names'>,
): PromptTurn | null {
  if (name === undefined) {
    if (variables === undefined) return null;
    throw invalid('variables', 'are those of a prompt: name it');
  }
  const template = prompts.templateFor(name, caller, 'prompt');
  const { speaks } = template.file;
  const history = historyIn(template);
  if (history === null) throw invalid('prompt', `${name} answers in no conversation: it takes no history`);
  const other = Object.entries(said).find(([field, value]) => value !== undefined && !SAID.has(field));
  if (other !== undefined) throw invalid(other[0], `is the prompt’s to say, which is ${name}: leave it out`);
  if (variables !== undefined && !isObject(variables)) throw invalid('variables', 'must be an object');
  if (variables !== undefined && Object.hasOwn(variables, history.name))
    throw invalid(`variables.${history.name}`, 'is the conversation itself: leave it out');
  checkMessage(said.message, history.characters);
  return {
    said,
    template,
    ask(messages, model) {
      const whole = { ...variables, [history.name]: historyOf(messages, history) };
      const asked = prompts.ask(template, whole, { ...said, ...(model !== undefined && { model }), ...options });
      return speaks === null
        ? asked
        : { ...asked, prompt: { ...asked.prompt, judge: saying(asked.prompt.judge, speaks) } };
    },
  };
}

interface HistoryVariable {
  readonly name: string;
  readonly messages: number;
  readonly characters: number;
}

/** Null: the prompt takes no conversation. */
function historyIn({ file: { messages, input } }: PromptTemplate): HistoryVariable | null {
  const spread = messages.find((message) => 'history' in message);
  const name = spread?.history ?? 'history';
  const schema = objectAt(objectAt(input, 'properties') ?? {}, name);
  const content = objectAt(objectAt(objectAt(schema ?? {}, 'items') ?? {}, 'properties') ?? {}, 'content');
  if (schema === null || content === null) return null;
  return {
    name,
    messages: numberAt(schema, 'maxItems') ?? Number.POSITIVE_INFINITY,
    characters: numberAt(content, 'maxLength') ?? Number.POSITIVE_INFINITY,
  };
}

function checkMessage(message: ChatRequest['message'], most: number): void {
  if (message !== undefined && typeof message !== 'string' && !message.every(({ type }) => type === 'text'))
    throw invalid('message', 'is a text where a prompt answers');
  const text = message === undefined ? '' : textIn({ role: 'user', content: message });
  if (text.length > most) throw invalid('message', `has at most ${most} characters where this prompt answers`);
}

/** The newest of it, as far as the prompt takes it. */
function historyOf(messages: LLMRequest['messages'], limits: Omit<HistoryVariable, 'name'>): Json {
  const spoken = messages.filter(({ role }) => role === 'user' || role === 'assistant');
  return spoken
    .map((message) => ({ role: message.role, content: textIn(message).slice(0, limits.characters).toWellFormed() }))
    .filter(({ content }) => content !== '')
    .slice(-limits.messages);
}

/** What was thought is not what was said. */
function textIn({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** The same decisions; what is read of an answer is what it says. */
function saying(judge: Judge, pointer: string): Judge {
  const said = <Kind extends Accepted>(accepted: Kind): Kind => {
    return { ...accepted, content: textAt(accepted.data, pointer) };
  };
  return {
    // The same data reads otherwise here: it is another answer to the cache.
    key: `${judge.key} said`,
    mostRepairs: judge.mostRepairs,
    async verdictOn(...asked) {
      const verdict = await judge.verdictOn(...asked);
      return verdict.isAccepted ? said(verdict) : verdict;
    },
    draftOf: (textSoFar) => judge.draftOf?.(textSoFar) ?? null,
    ...(judge.sample !== undefined && { sample: judge.sample }),
    standIn(failure) {
      const accepted = judge.standIn(failure);
      return accepted === null ? null : said(accepted);
    },
  };
}

/** Of a JSON pointer that leads to a string, as its template was checked to. */
function textAt(data: JsonObject, pointer: string): string {
  let value: Json | undefined = data;
  for (const name of pointer.split('/').slice(1)) value = isObject(value) ? value[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function invalid(param: string, what: string): Error {
  return llmError('invalid_request', `${param} ${what}`, { param });
}
