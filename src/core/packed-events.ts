// The events of an answer, in order. An answer of a hundred thousand words is as many events, and a thousand such answers may be
// under way: so runs of deltas are packed, their texts joined into one. Measured on Node 24: a word takes some 12 bytes, not 100.

import type { ContentEvent } from './events.ts';
import { sizeOf } from './size.ts';

/** So many events are packed together; fewer stay as they are. Chosen: what a block costs by itself is a few bytes an event. */
const BLOCK_EVENTS = 128;
/** What an event that stands by itself takes beside what is in it, or a run beside its text. Measured on Node 24: 60 to 120. */
const ITEM_BYTES = 128;

type Delta = Extract<ContentEvent, { readonly type: 'text-delta' | 'reasoning-delta' | 'tool-call-delta' }>;

/** Deltas of one kind, one behind the other. `ends`: where in the text each of them ends. */
interface Run {
  readonly like: Delta;
  readonly text: string;
  readonly ends: Uint32Array;
}

/** `Other`: what comes beside content. */
export class PackedEvents<Other extends { readonly type: string }> {
  readonly #blocks: (readonly (Run | ContentEvent | Other)[])[] = [];
  #tail: (ContentEvent | Other)[] = [];
  #blockBytes = 0;
  #tailBytes = 0;

  /** What they take of memory, rather more than less. */
  get bytes(): number {
    return this.#blockBytes + this.#tailBytes;
  }

  get length(): number {
    return this.#blocks.length * BLOCK_EVENTS + this.#tail.length;
  }

  push(event: ContentEvent | Other): void {
    this.#tail.push(event);
    this.#tailBytes += bytesOf(event);
    if (this.#tail.length < BLOCK_EVENTS) return;
    const block = packed(this.#tail);
    this.#blocks.push(block);
    for (const item of block) this.#blockBytes += bytesOf(item);
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** Counted from 1; undefined: there is none. */
  at(position: number): ContentEvent | Other | undefined {
    const index = position - 1;
    const block = this.#blocks[Math.floor(index / BLOCK_EVENTS)];
    let left = index % BLOCK_EVENTS;
    if (block === undefined) return this.#tail[left];
    for (const item of block) {
      if (!isRun(item)) {
        if (left === 0) return item;
        left--;
      } else if (left < item.ends.length) return deltaOf(item.like, textIn(item, left));
      else left -= item.ends.length;
    }
    return undefined;
  }
}

function packed<Other extends { readonly type: string }>(
  events: readonly (ContentEvent | Other)[],
): (Run | ContentEvent | Other)[] {
  const items: (Run | ContentEvent | Other)[] = [];
  for (let at = 0; at < events.length; ) {
    const run = runFrom(events, at);
    const first = events[at];
    if (run !== null) items.push(run);
    else if (first !== undefined) items.push(first);
    at += run?.ends.length ?? 1;
  }
  return items;
}

/** Null: what stands there is no delta. */
function runFrom(events: readonly { readonly type: string }[], start: number): Run | null {
  const like = events[start];
  if (like === undefined || !isDelta(like)) return null;
  const texts: string[] = [];
  const ends: number[] = [];
  let length = 0;
  for (let at = start; at < events.length; at++) {
    const event = events[at];
    if (event === undefined || !isDelta(event) || !areAlike(event, like)) break;
    const text = event.type === 'tool-call-delta' ? event.argumentsText : event.text;
    texts.push(text);
    length += text.length;
    ends.push(length);
  }
  return { like: deltaOf(like, ''), text: texts.join(''), ends: Uint32Array.from(ends) };
}

function textIn({ text, ends }: Run, index: number): string {
  return text.slice(index === 0 ? 0 : ends[index - 1], ends[index]);
}

function deltaOf(like: Delta, text: string): Delta {
  return like.type === 'tool-call-delta' ? { ...like, argumentsText: text } : { type: like.type, text };
}

function areAlike(one: Delta, other: Delta): boolean {
  if (one.type !== 'tool-call-delta') return one.type === other.type;
  return other.type === 'tool-call-delta' && one.toolCallId === other.toolCallId;
}

function bytesOf(item: object): number {
  return ITEM_BYTES + (isRun(item) ? sizeOf(item.text) + item.ends.byteLength : sizeOf(item));
}

function isRun(item: object): item is Run {
  return 'ends' in item;
}

function isDelta(event: { readonly type: string }): event is Delta {
  return event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'tool-call-delta';
}
