// Models of the AI SDK that answer what they are told, one of each version of its specification. They are written in its own types,
// so that the compiler holds them to it.

import type {
  LanguageModelV2,
  LanguageModelV2CallOptions,
  LanguageModelV2StreamPart,
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3StreamPart,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

/** What it does at a call: the parts of its stream, or what it throws. */
type Script<Options, Part> = (
  options: Options,
) => readonly Part[] | ReadableStream<Part> | Promise<ReadableStream<Part>>;

interface Fake {
  readonly provider?: string;
  readonly modelId?: string;
  readonly supportedUrls?: Record<string, RegExp[]>;
}

const neverWhole = () => Promise.reject(new Error('It is asked for a stream alone'));

async function played<Options, Part>(script: Script<Options, Part>, options: Options): Promise<ReadableStream<Part>> {
  const parts = await script(options);
  return parts instanceof ReadableStream ? parts : ReadableStream.from<Part>(parts);
}

const withDefaults = ({ provider = 'fake.chat', modelId = 'fake-1', supportedUrls = {} }: Fake) => ({
  provider,
  modelId,
  supportedUrls,
});

export function modelV2(
  script: Script<LanguageModelV2CallOptions, LanguageModelV2StreamPart>,
  fake: Fake = {},
): LanguageModelV2 {
  return {
    specificationVersion: 'v2',
    ...withDefaults(fake),
    doGenerate: neverWhole,
    doStream: async (options) => ({ stream: await played(script, options) }),
  };
}

export function modelV3(
  script: Script<LanguageModelV3CallOptions, LanguageModelV3StreamPart>,
  fake: Fake = {},
): LanguageModelV3 {
  return {
    specificationVersion: 'v3',
    ...withDefaults(fake),
    doGenerate: neverWhole,
    doStream: async (options) => ({ stream: await played(script, options) }),
  };
}

export function modelV4(
  script: Script<LanguageModelV4CallOptions, LanguageModelV4StreamPart>,
  fake: Fake = {},
): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    ...withDefaults(fake),
    doGenerate: neverWhole,
    doStream: async (options) => ({ stream: await played(script, options) }),
  };
}

const NOT_TOLD = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };

/** Of versions 3 and 4. */
function usageV4(input: number, output: number): Extract<LanguageModelV4StreamPart, { type: 'finish' }>['usage'] {
  return {
    inputTokens: { ...NOT_TOLD, total: input, noCache: input },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}

export const STOP = {
  type: 'finish',
  usage: usageV4(7, 3),
  finishReason: { unified: 'stop', raw: 'end_turn' },
} as const;

export const says = (text: string, id = 't') =>
  [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: text },
    { type: 'text-end', id },
  ] as const;

export const calls = (id: string, toolName: string, input: string) =>
  [
    { type: 'tool-input-start', id, toolName },
    { type: 'tool-input-delta', id, delta: input },
    { type: 'tool-input-end', id },
    { type: 'tool-call', toolCallId: id, toolName, input },
  ] as const;
