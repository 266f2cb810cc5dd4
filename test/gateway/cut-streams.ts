// Streams of events whose client hangs up in the middle, and what it had by then.

import { eventsIn } from './start.ts';

interface Heard {
  readonly id: string;
  readonly reply: Response;
  /** What came before the cut. */
  readonly text: string;
}

/** Reads a stream, and hangs up when `isEnough`. */
export async function cut(reply: Response, isEnough: (text: string) => boolean): Promise<Heard> {
  const reader = reply.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader !== undefined && !isEnough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return { id: reply.headers.get('x-generation-id') ?? '', reply, text };
}

/** Reads a stream part by part: what has come by the time that it is enough, or the stream has ended. */
export function reading(reply: Response) {
  const reader = reply.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    async until(isEnough: (text: string) => boolean): Promise<string> {
      while (reader !== undefined && !isEnough(text)) {
        const { done, value } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
      }
      return text;
    },
  };
}

/** The whole events of a text that was cut anywhere. */
export function wholeEvents(text: string) {
  const end = text.lastIndexOf('\n\n');
  return end === -1 ? [] : eventsIn(text.slice(0, end + 2));
}

export function contentOf(events: readonly { readonly data: string }[]): string {
  return events
    .map(({ data }) => JSON.parse(data))
    .map((event) => (event.type === 'text-delta' ? event.text : ''))
    .join('');
}
