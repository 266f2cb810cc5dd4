// The library's ContextManager: the window and the counts of the service, without a service.

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { GROQ_MODELS } from '../../src/catalog/groq-models.ts';
import { ContextManager, type Message } from '../../src/index.ts';
import { answers, World } from '../world.ts';

const chat = (turns: number): Message[] =>
  Array.from({ length: 2 * turns - 1 }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: `message ${index}`,
  }));

describe('ContextManager', () => {
  it('keeps what the service would send', async () => {
    const goal: Message = { role: 'user', content: 'Teach me', pinned: true };
    const messages = [goal, ...chat(30)];
    const world = new World({ turns: [answers('ok')] });
    const { context } = await world.complete({ messages });
    const fitted = new ContextManager().fit(messages);
    expect(fitted).toMatchObject({ kept: context.kept, dropped: context.dropped });
    expect(fitted.messages.map(({ content }) => content)).toEqual(
      world.asked[0]?.request.messages.map(({ content }) => content),
    );
  });

  it('takes limits of its own', () => {
    const { kept, dropped, estimatedTokens } = new ContextManager({ maxMessages: 4 }).fit(chat(30));
    expect(kept).toBeLessThanOrEqual(4);
    expect(kept + dropped).toBe(59);
    expect(estimatedTokens).toBeGreaterThan(kept * 4);
  });

  it('counts a text as the vocabulary does, of any length, and near it for a model of another one', async () => {
    const context = new ContextManager();
    const text = 'for (let item of list) total += price[item]; // tax\n'.repeat(2_000);
    const exactly = countTokens(text);
    const counted = await context.countTokens(text);
    // Nothing but where it is cut into slices can count for more.
    expect(counted).toBeGreaterThanOrEqual(exactly);
    expect(counted).toBeLessThan(1.01 * exactly);
    expect(Math.abs(context.estimateTokens(text) / exactly - 1)).toBeLessThan(0.25);
    const llama = GROQ_MODELS.find(({ model }) => model.startsWith('llama'));
    const most = await context.countTokens(text, llama);
    expect(most).toBeGreaterThanOrEqual(1.05 * exactly);
    expect(most).toBeLessThan(1.2 * exactly);
  });

  it('counts pictures', () => {
    const context = new ContextManager();
    const url = 'https://example.org/a.png';
    const seen: Message = { role: 'user', content: [{ type: 'image', url }] };
    const more = context.estimateTokens([seen, seen]) - context.estimateTokens([seen]);
    expect(more).toBeGreaterThanOrEqual(2_048);
  });
});
