// Answers without a vendor, from the request itself: for the first run without a key, for tests and examples. The same request
// always gets the same answer, and every answer says that no model wrote it.

import { canonicalJson } from '../core/json.ts';
import type { Emit, LLMProvider } from '../core/provider.ts';
import { type FittedRequest, type Tool, textOf } from '../core/request.ts';
import { minimalInstance } from './minimal-instance.ts';

const NOTICE =
  'No vendor key is in use, so no language model wrote this: it is the offline answer of codementor-llm. ' +
  'Set GROQ_API_KEY to get real ones.';

/** Of the question, in the echo. */
const MOST_ECHOED = 400;
/** Its tokens are four characters long, by definition: what it tells as usage is exact, not an estimate. */
const CHARACTERS_PER_TOKEN = 4;

export function createOffline(): LLMProvider {
  return {
    id: 'offline',
    billAfterCancel: 'stops',
    transport: {
      kind: 'direct',
      async answer(request, model, emit, signal) {
        signal.throwIfAborted();
        emit({ type: 'answer-start', id: null, model });
        const called = calledTool(request);
        const whole = called === null ? beforeStop(writtenText(request), request.stop) : argumentsFor(called);
        const kept = firstTokens(whole, request.maxTokens);
        if (called === null) {
          for (const piece of kept.match(/\S+\s*|\s+/g) ?? []) {
            signal.throwIfAborted();
            emit({ type: 'text-delta', text: piece });
          }
        } else {
          emitCall(called.name, kept, emit);
        }
        const finishReason = kept !== whole ? 'length' : called === null ? 'stop' : 'tool_calls';
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
function calledTool({ tools, toolChoice }: FittedRequest): Tool | null {
  if (toolChoice === null || toolChoice === 'auto' || toolChoice === 'none') return null;
  const tool = toolChoice === 'required' ? tools[0] : tools.find(({ name }) => name === toolChoice.name);
  return tool ?? null;
}

function argumentsFor({ parameters = { type: 'object' } }: Tool): string {
  return JSON.stringify(minimalInstance(parameters));
}

/** A template's sample stands for what a model would have written: it is labelled as such. */
function writtenText(request: FittedRequest): string {
  const sample = request.providerOptions['offline']?.['sample'];
  if (sample !== undefined) return typeof sample === 'string' ? sample : JSON.stringify(sample);
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

function beforeStop(text: string, stop: readonly string[]): string {
  const stopsAt = stop.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...stopsAt));
}

function firstTokens(text: string, maxTokens: number | null): string {
  return maxTokens === null ? text : text.slice(0, maxTokens * CHARACTERS_PER_TOKEN).toWellFormed();
}

function promptOf({ systemPrompt, messages, tools }: FittedRequest): string {
  return (systemPrompt ?? '') + messages.map(textOf).join('') + (tools.length > 0 ? canonicalJson(tools) : '');
}

function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));
}
