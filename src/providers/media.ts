// Media in the words that the dialects of OpenAI and the other codecs share, and what is refused alike.

import { type LLMError, llmError } from '../core/errors.ts';
import type { ImagePart, Message, ToolMessage, ToolResultPart, UserMessage } from '../core/request.ts';

/** A part that this vendor, or this API of its, has no words for. */
export function refusedMedia(what: string, instead: string, provider: string, model: string): LLMError {
  return llmError('invalid_request', `${what}; ${instead}`, { param: 'messages', provider, model });
}

/** Not the data itself. */
export function isAddress(url: string): boolean {
  return !url.startsWith('data:');
}

/** The text of a tool's result. */
export function resultText({ content }: ToolMessage): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

export function resultImages({ content }: ToolMessage): readonly ImagePart[] {
  if (typeof content === 'string') return [];
  return content.flatMap((part) => (part.type === 'image' ? [part] : []));
}

/**
 * The same conversation for a vendor that takes no pictures in results: they follow as a message of the user's, behind the last
 * result of the same answer, since nothing may stand between a call and its results. So do the clients that were recorded.
 */
export function withImagesBehind(messages: readonly Message[]): readonly Message[] {
  if (messages.every((message) => message.role !== 'tool' || resultImages(message).length === 0)) return messages;
  const moved: Message[] = [];
  let waiting: ToolResultPart[] = [];
  const endResults = () => {
    if (waiting.length > 0) moved.push({ role: 'user', content: waiting } satisfies UserMessage);
    waiting = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') {
      endResults();
      moved.push(message);
      continue;
    }
    const images = resultImages(message);
    const text = resultText(message);
    moved.push({ ...message, content: text === '' && images.length > 0 ? SEE_BELOW : text });
    if (images.length > 0)
      waiting.push({ type: 'text', text: `What the call ${message.toolCallId} returned:` }, ...images);
  }
  endResults();
  return moved;
}

/** An empty result is refused by some vendors, and would say that there is none. */
const SEE_BELOW = 'The result is the image that follows.';
