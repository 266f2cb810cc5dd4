// The knobs of a request that a server may not know: each with how it is seen that it is set, and the request without it.

import { mediaOf } from '../../core/media.ts';
import type { FittedRequest, Message, ToolMessage, UserMessage, UserPart } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut } from '../options.ts';

const KNOBS = {
  temperature: [({ temperature }) => temperature !== null, () => ({ temperature: null })],
  top_p: [({ topP }) => topP !== null, () => ({ topP: null })],
  seed: [({ seed }) => seed !== null, () => ({ seed: null })],
  stop: [({ stop }) => stop.length > 0, () => ({ stop: [] })],
  // Without tools it says nothing and is not sent anyway.
  parallel_tool_calls: [
    ({ tools, parallelToolCalls }) => tools.length > 0 && parallelToolCalls !== null,
    () => ({ parallelToolCalls: null }),
  ],
  reasoning_effort: [({ reasoningEffort }) => reasoningEffort !== null, () => ({ reasoningEffort: null })],
  service_tier: [({ serviceTier }) => serviceTier !== null, () => ({ serviceTier: null })],
  image_detail: [
    ({ messages }) => messages.some(hasDetail),
    ({ messages }) => ({
      messages: messages.map((message) => (hasDetail(message) ? withoutDetail(message) : message)),
    }),
  ],
} as const satisfies Readonly<
  Record<
    string,
    readonly [isSet: (request: FittedRequest) => boolean, without: (request: FittedRequest) => Partial<FittedRequest>]
  >
>;

export type Knob = keyof typeof KNOBS;
export const KNOB_NAMES = Object.keys(KNOBS).filter(isKnob);

/** The request without those of these knobs that are set, each with a warning. */
export function withoutKnobs(
  asked: FittedRequest,
  knobs: Readonly<Partial<Record<Knob, true | RegExp>>>,
  model: string,
  vendor: string,
): { readonly request: FittedRequest; readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  let request = asked;
  for (const knob of KNOB_NAMES) {
    const models = knobs[knob];
    const [isSet, without] = KNOBS[knob];
    if (models === undefined || (models !== true && !models.test(model)) || !isSet(request)) continue;
    request = { ...request, ...without(request) };
    warnings.push(leftOut(knob, `is not known to ${models === true ? vendor : model} and was left out`));
  }
  return { request, warnings };
}

function isKnob(name: string): name is Knob {
  return Object.hasOwn(KNOBS, name);
}

function hasDetail(message: Message): message is UserMessage | ToolMessage {
  return mediaOf(message).some((part) => part.type === 'image' && part.detail !== undefined);
}

function withoutDetail(message: UserMessage | ToolMessage): UserMessage | ToolMessage {
  if (typeof message.content === 'string') return message;
  return message.role === 'user'
    ? { ...message, content: message.content.map(plain) }
    : { ...message, content: message.content.map(plain) };
}

function plain<Part extends UserPart>(part: Part): Part {
  return part.type === 'image' ? { ...part, detail: undefined } : part;
}
