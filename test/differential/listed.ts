// Everything in which the answer that a client gets through the gateway may differ from the one that it gets straight, with its reason.
// What is not listed here must be equal, member by member.

import { arrayAt, isObject, type Json, type JsonObject, stringAt } from '../../src/core/json.ts';
import { isSealed } from '../../src/gateway/sealed-state.ts';
import type { Difference } from './differences.ts';
import type { Dialect } from './official-sdks.ts';

interface Listed {
  readonly why: string;
  readonly dialects: readonly Dialect[];
  readonly paths: RegExp;
  /** Default: whatever it was and became. */
  readonly where?: (difference: Difference) => boolean;
}

const isNothing = (value: Json | undefined) => value === null || value === undefined || value === '';
const isAdded = ({ straight }: Difference) => isNothing(straight);
const isLeftOut = ({ through }: Difference) => through === undefined;
const ALL: readonly Dialect[] = ['chat', 'messages', 'responses'];

export const LISTED: readonly Listed[] = [
  { why: 'who answered, and for how much', dialects: ALL, paths: /^x_gateway$/, where: isAdded },
  {
    why: 'absent, null and an empty text are one',
    dialects: ALL,
    paths: /./,
    where: (each) => isAdded(each) && isNothing(each.through),
  },
  { why: 'the id by which it is found here', dialects: ALL, paths: /^(id|x_groq|x_groq\.id|output\[\]\.id)$/ },
  { why: 'when it was answered', dialects: ALL, paths: /^(created|created_at|completed_at)$/ },
  { why: 'the model as it was asked for', dialects: ALL, paths: /^model$/ },
  {
    why: 'a constant of the dialect that this vendor leaves out, or has another for',
    dialects: ['chat', 'responses'],
    paths: /^object$|\.(role|status|type)$|^choices\[\]\.message$|^output\[\]\.content\[\]\.(annotations|logprobs)$/,
    where: ({ path, straight }) => path === 'object' || straight === undefined,
  },
  {
    why: 'what a vendor tells of its machines, for which the dialect has no place',
    dialects: ALL,
    paths:
      /^(system_fingerprint|service_tier|usage\.service_tier|usage\.inference_geo|obfuscation|p|time_info|request_id|generationId|provider|metadata\.system_fingerprint|usage_breakdown|x_groq\.(seed|usage_breakdown))$|^(x_groq\.)?usage\.(queue|prompt|completion|total)_time$|^choices\[\]\.(seed|native_finish_reason|message\.(index|channel|provider_metadata))$|^prompt$/,
    where: isLeftOut,
  },
  {
    why: 'what a vendor’s filters say',
    dialects: ALL,
    paths: /^(prompt_filter_results|content_filters|moderation|stop_details)$|\.content_filter_(results|offsets)$/,
    where: isLeftOut,
  },
  {
    why: 'what a vendor’s own tools found, and what they cost',
    dialects: ALL,
    paths:
      /^(citations|search_results|tool_usage|context_management)$|(^|\.)(annotations(\[\])?|executed_tools|server_tool_use|citations|caller|namespace)$|^usage\.(search_context_size|num_sources_used|num_server_side_tools_used|context_details|audio_prompt_tokens)$/,
    where: isLeftOut,
  },
  {
    why: 'what a vendor asks for it by its own count',
    dialects: ALL,
    paths: /^usage\.(cost|cost_details|is_byok|market_cost|cost_in_usd_ticks)$|^billing$/,
    where: isLeftOut,
  },
  {
    why: 'counts of what is not asked for: sound, pictures, predictions',
    dialects: ALL,
    paths:
      /^usage\.(prompt|completion|input|output)_tokens_details\.(audio|image|video|text|accepted_prediction|rejected_prediction)_tokens$/,
    where: isLeftOut,
  },
  {
    why: 'tokens of the cache by another name, told by the one of the dialect, or by how long they are kept',
    dialects: ALL,
    paths:
      /^usage\.(prompt_cache_(hit|miss)_tokens|cache_creation_input_tokens|cached_tokens|cache_creation|prompt_tokens_details)$/,
    where: ({ path, through }) => path === 'usage.prompt_tokens_details' || through === undefined,
  },
  {
    why: 'reasoning by both of its names, as text',
    dialects: ['chat'],
    paths: /^choices\[\]\.message\.reasoning(_content)?$/,
    where: isAdded,
  },
  {
    why: 'the state of a reasoning, in the shape in which it goes back',
    dialects: ['chat'],
    paths: /^choices\[\]\.message\.reasoning_details/,
  },
  {
    why: 'the numbers of calls within a stream, beside whole calls',
    dialects: ['chat'],
    paths: /^choices\[\]\.message\.tool_calls(\[\]\.index)?$/,
    where: ({ straight, through }) => through === undefined && !(Array.isArray(straight) && straight.length > 0),
  },
  {
    why: 'Mistral’s list of thoughts and texts',
    dialects: ['chat'],
    paths: /^choices\[\]\.message\.content$/,
    where: ({ straight }) => Array.isArray(straight),
  },
  {
    why: 'usage in a stream that did not ask for it: Groq’s clients have it in x_groq',
    dialects: ['chat'],
    paths: /^usage$/,
    where: isLeftOut,
  },
  {
    why: 'xAI’s output without the reasoning that it bills as output',
    dialects: ['chat'],
    paths: /^usage\.completion_tokens$/,
    where: ({ straight, through }) => straight === 26 && through === 281,
  },
  {
    why: 'more than one answer, and functions in the place of tools, are not asked for here',
    dialects: ['chat'],
    paths: /^choices\[\](\.message\.function_call|\.finish_reason)?$/,
    where: ({ path, straight }) => path !== 'choices[].finish_reason' || straight === 'function_call',
  },
  {
    why: 'the request, told back',
    dialects: ['responses'],
    paths:
      /^(background|error|frequency_penalty|incomplete_details|input|instructions|max_output_tokens|max_tool_calls|metadata|parallel_tool_calls|presence_penalty|previous_response_id|prompt_cache_key|prompt_cache_retention|safety_identifier|store|temperature|top_logprobs|top_p|truncation|user)$|^(reasoning|text|tool_choice|tools)\b/,
  },
  {
    why: 'a thought as text, its state sealed',
    dialects: ['responses'],
    paths: /^output\[\]\.(content|summary|encrypted_content)(\[\])?$/,
  },
  {
    why: 'words that were shortened where they were recorded, though not in the answer that repeats them',
    dialects: ['responses'],
    paths: /^bit_by_bit\.text$/,
    where: ({ straight }) => straight === 'Got itHere are a few **AI',
  },
  {
    why: 'which part of an answer a message is',
    dialects: ['responses'],
    paths: /^output\[\]\.phase$/,
    where: isLeftOut,
  },
  {
    why: 'a custom tool as a function, its own form as state',
    dialects: ['responses'],
    paths: /^output\[\]\.(arguments|input|extra_content|type)$|^bit_by_bit\.arguments$/,
  },
  {
    why: 'the state of a call once more, behind it',
    dialects: ['responses'],
    paths: /^output\[\]$/,
    where: (each) => isAdded(each) && isSealed(stringAt(each.through, 'encrypted_content') ?? ''),
  },
];

/** A vendor's own tools leave blocks of their own, between which its text is one here; a thought without text or state is none. */
export function withoutVendorsOwn(dialect: Dialect, body: JsonObject): JsonObject {
  if (dialect === 'messages') {
    const blocks = arrayAt(body, 'content') ?? [];
    return { ...body, content: oneText(blocks.filter((block) => !OWN_BLOCK.test(stringAt(block, 'type') ?? ''))) };
  }
  if (dialect !== 'responses') return body;
  const items = (arrayAt(body, 'output') ?? []).filter((item) => {
    const type = stringAt(item, 'type') ?? '';
    const says = ['summary', 'content'].some((list) => (arrayAt(item, list) ?? []).length > 0);
    return OWN_ITEM.test(type) ? says || type !== 'reasoning' || stringAt(item, 'encrypted_content') !== null : false;
  });
  return { ...body, output: oneMessage(items) };
}

const OWN_BLOCK = /^(server|mcp)_tool_use$|_tool_result$/;
const OWN_ITEM = /^(message|reasoning|function_call|custom_tool_call)$/;

function oneText(blocks: readonly Json[]): readonly Json[] {
  const joined: Json[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    const both = stringAt(last, 'type') === 'text' && stringAt(block, 'type') === 'text' && isObject(last);
    if (both) joined[joined.length - 1] = { ...last, text: `${last['text']}${stringAt(block, 'text')}` };
    else joined.push(block);
  }
  return joined;
}

function oneMessage(items: readonly Json[]): readonly Json[] {
  const joined: Json[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    const both = stringAt(last, 'type') === 'message' && stringAt(item, 'type') === 'message' && isObject(last);
    const pieces = [...(arrayAt(last, 'content') ?? []), ...(arrayAt(item, 'content') ?? [])];
    if (both) joined[joined.length - 1] = { ...last, content: oneContent(pieces) };
    else
      joined.push(
        isObject(item) && stringAt(item, 'type') === 'message'
          ? { ...item, content: oneContent(arrayAt(item, 'content') ?? []) }
          : item,
      );
  }
  return joined;
}

function oneContent(pieces: readonly Json[]): readonly Json[] {
  const [first] = pieces;
  const text = pieces.map((piece) => stringAt(piece, 'text') ?? '').join('');
  return isObject(first) ? [{ ...first, text }] : [];
}
