// node bench/context.ts: the longest time that the event loop is held up by one request of the largest size that is accepted (8 MiB,
// 1 MiB a message), by what its text is made of: what fitting and the first guess take in one go, what one turn of the count takes
// (both as CPU of the main thread, so that other work of the machine does not count), and the longest pause of the process while the
// library answers it, which other work prolongs.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GROQ_MODELS } from '../src/catalog/groq-models.ts';
import type { ModelCard } from '../src/core/catalog.ts';
import { trimHistory } from '../src/core/history.ts';
import type { FittedRequest, Message } from '../src/core/request.ts';
import { createLLMService } from '../src/index.ts';
import { createTokenCounter } from '../src/tokens/counter.ts';
import { EMPTY_REQUEST } from '../test/empty-request.ts';
import { heading } from './heading.ts';

const ALL_BYTES = 8 * 1_048_576 - 65_536;
const THAI = Array.from({ length: 997 }, (_, index) => String.fromCharCode(0x0e01 + ((index * 31) % 46))).join('');
const TEXTS: Readonly<Record<string, string>> = {
  prose: 'The quick brown fox jumps over the lazy dog, and nobody minds. ',
  code: 'for (const item of items) {\n    total += price[item.id] * 1.19; // tax\n}\n',
  'one letter': 'a',
  'one Han character': '漢',
  'Thai without a space': THAI,
  spaces: ' ',
  newlines: '\n',
  underscores: '_',
  'zero width': '\u200b',
  emoji: '👩‍👩‍👧',
  digits: '8397',
};
const SHAPES: Readonly<Record<string, number>> = { '8 messages': 8, '500 messages': 500 };

const counter = createTokenCounter();
await counter.ready('o200k_harmony');
const known = GROQ_MODELS.find(({ encoding }) => encoding !== null);
const other = GROQ_MODELS.find(({ encoding, features }) => encoding === null && features.has('images'));
if (known === undefined || other === undefined) throw new Error('The catalogue has no such models');

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function messagesOf(unit: string, count: number): Message[] {
  const bytes = Buffer.byteLength(unit);
  const content = unit.repeat(Math.floor(ALL_BYTES / count / bytes));
  return Array.from({ length: count }, () => ({ role: 'user', content }));
}

/** What runs in one go, from the messages to what may be held. */
function atOnceMs(messages: readonly Message[], card: ModelCard): number {
  const started = cpuMs();
  trimHistory(messages, { maxMessages: 10_000, maxTokens: 10_000_000 }, (each) => counter.messageEstimate(each));
  const request: FittedRequest = { ...EMPTY_REQUEST, messages };
  counter.requestEstimate(request, card);
  counter.requestUpperBound(request, card);
  return cpuMs() - started;
}

async function longestTurnMs(messages: readonly Message[], card: ModelCard): Promise<{ most: number; all: number }> {
  let resumed = cpuMs();
  let most = 0;
  let all = 0;
  const inTurns = createTokenCounter(undefined, async () => {
    most = Math.max(most, cpuMs() - resumed);
    all += cpuMs() - resumed;
    await new Promise((resolve) => setImmediate(resolve));
    resumed = cpuMs();
  });
  await inTurns.ready('o200k_harmony');
  resumed = cpuMs();
  await inTurns.prepare({ ...EMPTY_REQUEST, messages }, [card], new AbortController().signal);
  return { most, all };
}

const service = await createLLMService({
  env: { LLM_CONTEXT_MAX_MESSAGES: '10000', LLM_CONTEXT_MAX_TOKENS: '10000000', LOG_LEVEL: 'silent' },
  dataDir: 'memory',
});

/** The longest pause, and what became of the request. */
async function pauseMs(messages: readonly Message[]): Promise<{ most: number; outcome: string }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const outcome = await service.generateCompletion({ messages, cache: 'off' }).then(
    () => 'answered',
    (error) => error.code,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  return { most: delay.max / 1e6, outcome };
}

process.stdout.write(heading('8 MiB a request'));
process.stdout.write(
  '| text | messages | in one go, ms | longest turn, o200k, ms | longest turn, other, ms | whole count, o200k, ms | longest pause, ms | then |\n',
);
process.stdout.write('|---|---|---|---|---|---|---|---|\n');
for (const [name, unit] of Object.entries(TEXTS)) {
  for (const [shape, count] of Object.entries(SHAPES)) {
    const once = Math.max(atOnceMs(messagesOf(unit, count), known), atOnceMs(messagesOf(unit, count), other));
    const turns = await longestTurnMs(messagesOf(unit, count), known);
    const others = await longestTurnMs(messagesOf(unit, count), other);
    const pause = await pauseMs(messagesOf(unit, count));
    const figures = [once, turns.most, others.most, turns.all, pause.most].map((ms) => ms.toFixed(1));
    process.stdout.write(`| ${[name, shape, ...figures, pause.outcome].join(' | ')} |\n`);
  }
}
await service.close();
