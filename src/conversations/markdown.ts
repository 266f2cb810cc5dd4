// A conversation as a page of Markdown, for people. Answers are Markdown themselves and stand as they are; only a block of code
// that was left open, as a broken answer leaves it, is closed, or it would swallow everything after it.

import { type Conversation, type ConversationMessage, PARTIAL_ENDINGS } from '../core/conversations.ts';
import { contentOf } from '../core/events.ts';
import type { AnswerPart, UserPart } from '../core/request.ts';

export function toMarkdown(conversation: Conversation, messages: readonly ConversationMessage[]): string {
  const { title, systemPrompt, createdAtMs, id } = conversation;
  const head = [`# ${oneLine(title)}`, `${isoTime(createdAtMs)} · ${id}`];
  const system = systemPrompt === null ? [] : ['## System', closed(systemPrompt)];
  return `${[...head, ...system, ...messages.flatMap(sectionOf)].join('\n\n')}\n`;
}

function sectionOf(said: ConversationMessage): readonly string[] {
  const { message, answer, atMs } = said;
  if (message.role === 'tool') return [`## Tool · ${oneLine(message.toolCallId)}`, inFence(told(message.content))];
  if (message.role === 'user') return [`## User · ${isoTime(atMs)}`, closed(told(message.content))];
  const { content } = message;
  const parts: readonly AnswerPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const calls = parts.filter((part) => part.type === 'tool-call');
  const text = contentOf(parts);
  return [
    `## Assistant · ${answer?.model == null ? '' : `${oneLine(answer.model)} · `}${isoTime(atMs)}`,
    ...(text === '' ? [] : [closed(text)]),
    ...calls.flatMap(({ name, argumentsText }) => [`Calls ${oneLine(name)}:`, inFence(argumentsText)]),
    ...partialNote(answer),
  ];
}

function partialNote(answer: ConversationMessage['answer']): readonly string[] {
  const ending = answer?.ending ?? null;
  if (!PARTIAL_ENDINGS.has(ending)) return [];
  return [`*This answer is not whole: ${ending === null ? 'it is under way' : `it was ${ending}`}.*`];
}

function told(content: string | readonly UserPart[]): string {
  return typeof content === 'string' ? content : content.map(partText).join('\n\n');
}

/** What came inline may be megabytes of base64. */
function partText(part: UserPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      return part.url.startsWith('data:') ? '*(an image)*' : `![image](${target(part.url)})`;
    case 'file': {
      const name = oneLine(part.filename ?? 'a PDF').replace(/[\\[\]*_`<>]/g, '\\$&');
      return part.url.startsWith('data:') ? `*(${name})*` : `[${name}](${target(part.url)})`;
    }
    case 'audio':
      return '*(a recording)*';
  }
}

function target(url: string): string {
  return `<${url.replace(/[<>\s]/g, encodeURIComponent)}>`;
}

/** Up to three spaces, then at least three of the same; what stands behind it on the line opens, and does not close. */
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

function closed(text: string): string {
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const [opening = '', fence = ''] = FENCE.exec(line) ?? [];
    if (fence === '') continue;
    const rest = line.slice(opening.length);
    if (open === null) open = rest.includes('`') ? null : fence;
    else if (fence.startsWith(open) && rest.trim() === '') open = null;
  }
  return open === null ? text : `${text}\n${open}`;
}

/** Fenced longer than anything inside. */
function inFence(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
