// A conversation as a page for people: what a broken answer leaves open must not swallow what comes after it.

import { describe, expect, it } from 'vitest';
import { toMarkdown } from '../../src/conversations/markdown.ts';
import type { AnswerEnding, ConversationMessage } from '../../src/core/conversations.ts';
import type { AssistantMessage, UserMessage } from '../../src/core/request.ts';

const CONVERSATION = {
  ...{ id: 'conv_1', tenant: 'acme', userId: 'alice', title: 'A\n# title', systemPrompt: 'Be brief.', model: null },
  ...{ version: 1, messageCount: 2, createdAtMs: 0, updatedAtMs: 0, turn: null },
};

function answered(content: AssistantMessage['content'], ending: AnswerEnding | null = 'stop'): ConversationMessage {
  const tokens = { inputTokens: null, outputTokens: null, usageSource: 'none' as const, costPicoUsd: null };
  const answer = {
    generationId: 'gen_1',
    provider: 'groq',
    model: 'large',
    ending,
    code: null,
    ...tokens,
    cached: false,
  };
  return { position: 2, requestId: 'req_1', message: { role: 'assistant', content }, atMs: 0, answer };
}

function asked(content: UserMessage['content']): ConversationMessage {
  return { position: 1, requestId: 'req_1', message: { role: 'user', content }, atMs: 0, answer: null };
}

const sections = (...messages: ConversationMessage[]) =>
  toMarkdown(CONVERSATION, messages).split('\n\n').slice(4).join('\n\n');

describe('a page of Markdown', () => {
  it('begins with what it is', () => {
    expect(toMarkdown(CONVERSATION, [])).toBe(
      '# A # title\n\n1970-01-01T00:00:00.000Z · conv_1\n\n## System\n\nBe brief.\n',
    );
  });

  it.each([
    ['```py\nx', '```py\nx\n```'],
    ['~~~~\n```\nx\n~~~', '~~~~\n```\nx\n~~~\n~~~~'],
    ['```\nx\n```', '```\nx\n```'],
    ['```\nx\n``` py', '```\nx\n``` py\n```'],
    ['   ```\nx', '   ```\nx\n```'],
    ['``` `inline` ```\nx', '``` `inline` ```\nx'],
    ['    ```\nx', '    ```\nx'],
    ['plain', 'plain'],
  ])('closes what was left open, and nothing else: %j', (text, closed) => {
    expect(sections(answered(text))).toBe(`## Assistant · large · 1970-01-01T00:00:00.000Z\n\n${closed}\n`);
  });

  it.each([
    ['broken', 'it was broken'],
    ['cancelled', 'it was cancelled'],
    ['stopped', 'it was stopped'],
    [null, 'it is under way'],
  ] as const)('says of an answer that is %s that it is not whole', (ending, why) => {
    expect(sections(answered('half', ending))).toContain(`half\n\n*This answer is not whole: ${why}.*\n`);
    expect(sections(answered('whole'))).not.toContain('not whole');
  });

  it('shows calls and results as they stand, and an image by where it is', () => {
    const call = { type: 'tool-call' as const, toolCallId: 'call_1', name: 'look', argumentsText: '{"a":"```"}' };
    expect(sections(answered([{ type: 'reasoning', text: 'Hm.' }, call]))).toBe(
      '## Assistant · large · 1970-01-01T00:00:00.000Z\n\nCalls look:\n\n````\n{"a":"```"}\n````\n',
    );
    const images = ['https://example.org/a b.png', 'data:image/png;base64,AAAA'].map((url) => ({
      type: 'image' as const,
      url,
    }));
    expect(sections(asked([{ type: 'text', text: 'These:' }, ...images]))).toBe(
      '## User · 1970-01-01T00:00:00.000Z\n\nThese:\n\n![image](<https://example.org/a%20b.png>)\n\n*(an image)*\n',
    );
  });
});
