// Answers without a vendor, from the request itself: for the first run without a key, for tests and examples. The same request
// always gets the same answer, and every answer says that no model wrote it.

import { canonicalJson, type JsonObject } from '../core/json.ts';
import type { Emit, LLMProvider } from '../core/provider.ts';
import { type FittedRequest, textOf } from '../core/request.ts';
import { minimalInstance } from './minimal-instance.ts';

const NOTICE =
  'No vendor key is set, so no language model wrote this: it is the offline answer of codementor-llm. ' +
  'Set GROQ_API_KEY to get real ones.';

/** Of the question, in the echo. */
const MOST_ECHOED = 400;
/** Its tokens are four characters long, by definition: what it tells as usage is exact, not an estimate. */
const CHARACTERS_PER_TOKEN = 4;

export function createOffline(): LLMProvider {
  return {
    id: 'offline',
    transport: {
      kind: 'direct',
      async answer(request, model, emit, signal) {
        signal.throwIfAborted();
        emit({ type: 'answer-start', id: null, model });
        const called = calledTool(request);
        const written = called === null ? writtenText(request) : JSON.stringify(minimalInstance(called.parameters));
        const kept = cut(written, called === null ? request.stop : [], request.maxTokens);
        if (called === null) {
          for (const piece of kept.match(/\S+\s*|\s+/g) ?? []) {
            signal.throwIfAborted();
            emit({ type: 'text-delta', text: piece });
          }
        } else {
          emitCall(called.name, kept, emit);
        }
        const isCutShort = request.maxTokens !== null && tokensOf(written) > request.maxTokens && kept !== written;
        const finishReason = isCutShort ? 'length' : called === null ? 'stop' : 'tool_calls';
        emit({
          type: 'answer-end',
          finishReason,
          finishReasonRaw: finishReason,
          usage: {
            inputTokens: tokensOf(promptOf(request)),
            cacheReadTokens: null,
            cacheWriteTokens: null,
            outputTokens: tokensOf(kept),
            reasoningTokens: null,
          },
          providerMetadata: {},
        });
      },
    },
  };
}

function emitCall(name: string, argumentsText: string, emit: Emit): void {
  const toolCallId = 'call_0';
  emit({ type: 'tool-call-start', toolCallId, name });
  emit({ type: 'tool-call-delta', toolCallId, argumentsText });
  emit({ type: 'tool-call-end', toolCallId });
}

/** A tool is called where one must be; where one may be, the answer is text. */
function calledTool({ tools, toolChoice }: FittedRequest): { name: string; parameters: JsonObject } | null {
  if (toolChoice === null || toolChoice === 'auto' || toolChoice === 'none') return null;
  const tool = toolChoice === 'required' ? tools[0] : tools.find(({ name }) => name === toolChoice.name);
  return tool === undefined ? null : { name: tool.name, parameters: tool.parameters ?? { type: 'object' } };
}

function writtenText(request: FittedRequest): string {
  switch (request.responseFormat.type) {
    case 'json-schema':
      return JSON.stringify(minimalInstance(request.responseFormat.schema));
    case 'json':
      return JSON.stringify({ offline: true, notice: NOTICE, question: questionOf(request) });
    case 'text':
      return `${NOTICE} You asked: ${questionOf(request)}`;
  }
}

function questionOf({ messages }: FittedRequest): string {
  const asked = messages.findLast(({ role }) => role === 'user');
  const text = asked === undefined ? '' : textOf(asked).trim();
  return text.length <= MOST_ECHOED ? text : `${text.slice(0, MOST_ECHOED).toWellFormed()}…`;
}

/** Up to the first stop sequence, and no more than so many tokens. */
function cut(text: string, stop: readonly string[], maxTokens: number | null): string {
  const stopsAt = stop.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  const end = Math.min(...stopsAt, text.length, (maxTokens ?? Number.POSITIVE_INFINITY) * CHARACTERS_PER_TOKEN);
  return text.slice(0, end).toWellFormed();
}

function promptOf({ systemPrompt, messages, tools }: FittedRequest): string {
  return (systemPrompt ?? '') + messages.map(textOf).join('') + (tools.length > 0 ? canonicalJson(tools) : '');
}

function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));
}
