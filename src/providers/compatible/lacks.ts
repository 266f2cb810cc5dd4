// What a server may lack of what the dialects hold. A lacking feature is refused before anything is sent: an answer without it would
// not be what was asked for.

import { type LLMError, llmError } from '../../core/errors.ts';
import { mediaOf } from '../../core/media.ts';
import type { ServerMedia } from '../../core/provider-settings.ts';
import type { FittedRequest, ImagePart } from '../../core/request.ts';

/** `image_urls`: takes pictures as data only. `tool_choice`: tools are offered, but none can be demanded. `stream_usage`: knows no
 * `stream_options`; such a stream's usage is estimated unless it tells it unasked. */
export type Lack = 'tools' | 'tool_choice' | 'images' | 'image_urls' | 'json_schema' | 'json_mode' | 'stream_usage';

/** What a server takes only where its operator says so: few do, and one that does not may answer as if nothing had been sent. */
const TAKES = ['pdf', 'audio'] as const satisfies readonly ServerMedia[];
const TAKEN = { pdf: ['file', 'takes no PDF'], audio: ['audio', 'takes no audio'] } as const;

interface Server {
  readonly id: string;
  readonly vendor: string;
  readonly lacks: readonly Lack[];
  readonly takes: readonly ServerMedia[];
}

/** Feature -> whether it is asked for, the field that does, and the sentence that says so. `stream_usage` is no feature of a request. */
const FEATURES: Readonly<
  Record<
    Exclude<Lack, 'stream_usage'>,
    readonly [asked: (request: FittedRequest) => boolean, param: string, what: string]
  >
> = {
  tools: [
    ({ tools, toolChoice }) => tools.length > 0 || isDemanded(toolChoice),
    'tools',
    'takes no tools; ask without them, or another model',
  ],
  tool_choice: [
    ({ toolChoice }) => isDemanded(toolChoice),
    'toolChoice',
    'cannot be made to call a tool; leave the choice to the model ("auto")',
  ],
  images: [(request) => imagesOf(request).length > 0, 'messages', 'takes no pictures; ask another model'],
  image_urls: [
    (request) => imagesOf(request).some(({ url }) => !url.startsWith('data:')),
    'messages',
    'fetches no pictures; send them as data: URLs',
  ],
  json_schema: [
    ({ responseFormat }) => responseFormat.type === 'json-schema',
    'responseFormat',
    'takes no JSON schema; ask for JSON and check it, or ask another model',
  ],
  json_mode: [
    ({ responseFormat }) => responseFormat.type === 'json',
    'responseFormat',
    'has no JSON mode; describe the JSON in a message, or ask another model',
  ],
};

/** Why the request cannot be sent there; null when it can. */
export function lackOf(request: FittedRequest, { id, vendor, lacks, takes }: Server, model: string): LLMError | null {
  for (const lack of lacks) {
    if (lack === 'stream_usage') continue;
    const [isAsked, param, what] = FEATURES[lack];
    if (isAsked(request)) return llmError('invalid_request', `${vendor} ${what}`, { param, provider: id, model });
  }
  const media = new Set(request.messages.flatMap(mediaOf).map(({ type }) => type));
  for (const take of TAKES) {
    const [type, what] = TAKEN[take];
    if (takes.includes(take) || !media.has(type)) continue;
    const instead = `ask another model, or let its operator say that it does (takes: [${take}])`;
    return llmError('invalid_request', `${vendor} ${what}; ${instead}`, { param: 'messages', provider: id, model });
  }
  return null;
}

function isDemanded(choice: FittedRequest['toolChoice']): boolean {
  return choice === 'required' || (typeof choice === 'object' && choice !== null);
}

function imagesOf({ messages }: FittedRequest): readonly ImagePart[] {
  return messages.flatMap(mediaOf).filter((part) => part.type === 'image');
}

export const LACKS: readonly Lack[] = [...Object.keys(FEATURES).filter(isLack), 'stream_usage'];

export function isLack(name: string): name is Lack {
  return name === 'stream_usage' || Object.hasOwn(FEATURES, name);
}
