// What the benched vendor says, in the wire forms of the vendors: one answer of so many chunks, whole and as a stream.

export type Wire = 'chat' | 'responses' | 'anthropic' | 'gemini';

export interface Said {
  readonly whole: object;
  readonly events: readonly string[];
}

const INPUT_TOKENS = 40;
const WORD = 'word ';

export function wireOf(path: string): Wire {
  if (path.includes(':generateContent') || path.includes(':streamGenerateContent')) return 'gemini';
  if (path.includes('/messages')) return 'anthropic';
  return path.includes('/responses') ? 'responses' : 'chat';
}

export function saidIn(wire: Wire, chunks: number): Said {
  return { chat, responses, anthropic, gemini }[wire](chunks);
}

function unnamed(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function named(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function chat(chunks: number): Said {
  const usage = { prompt_tokens: INPUT_TOKENS, completion_tokens: chunks, total_tokens: INPUT_TOKENS + chunks };
  const head = { id: 'chatcmpl-bench', created: 1, model: 'openai/gpt-oss-120b' };
  const chunk = (delta: object, finishReason: string | null, more: object = {}) =>
    unnamed({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
      ...more,
    });
  const message = { role: 'assistant', content: WORD.repeat(chunks) };
  return {
    whole: { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage },
    events: [
      chunk({ role: 'assistant', content: '' }, null),
      ...Array.from({ length: chunks }, () => chunk({ content: WORD }, null)),
      chunk({}, 'stop', { usage, x_groq: { id: 'req_bench', usage } }),
      'data: [DONE]\n\n',
    ],
  };
}

function responses(chunks: number): Said {
  const usage = { input_tokens: INPUT_TOKENS, output_tokens: chunks, total_tokens: INPUT_TOKENS + chunks };
  const text = { type: 'output_text', text: WORD.repeat(chunks), annotations: [] };
  const item = { id: 'msg_bench', type: 'message', role: 'assistant', status: 'completed', content: [text] };
  const head = { id: 'resp_bench', object: 'response', created_at: 1, model: 'bench' };
  const whole = { ...head, status: 'completed', output: [item], usage };
  const place = { item_id: item.id, output_index: 0, content_index: 0 };
  const begun = { ...head, status: 'in_progress', output: [] };
  return {
    whole,
    events: [
      named('response.created', { response: begun }),
      named('response.output_item.added', { output_index: 0, item: { ...item, content: [] } }),
      named('response.content_part.added', { ...place, part: { ...text, text: '' } }),
      ...Array.from({ length: chunks }, () => named('response.output_text.delta', { ...place, delta: WORD })),
      named('response.output_text.done', { ...place, text: text.text }),
      named('response.output_item.done', { output_index: 0, item }),
      named('response.completed', { response: whole }),
    ],
  };
}

function anthropic(chunks: number): Said {
  const head = { id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench' };
  const usage = { input_tokens: INPUT_TOKENS, output_tokens: chunks };
  const open = { content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } };
  const delta = { type: 'text_delta', text: WORD };
  const end = { stop_reason: 'end_turn', stop_sequence: null };
  return {
    whole: { ...head, content: [{ type: 'text', text: WORD.repeat(chunks) }], ...end, usage },
    events: [
      named('message_start', { message: { ...head, ...open } }),
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...Array.from({ length: chunks }, () => named('content_block_delta', { index: 0, delta })),
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: end, usage: { output_tokens: chunks } }),
      named('message_stop'),
    ],
  };
}

function gemini(chunks: number): Said {
  const told = { promptTokenCount: INPUT_TOKENS, totalTokenCount: INPUT_TOKENS + chunks };
  const usageMetadata = { ...told, candidatesTokenCount: chunks };
  const answer = (text: string, more: object) => ({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }],
    modelVersion: 'bench',
    responseId: 'bench',
  });
  const end = { finishReason: 'STOP' };
  return {
    whole: { ...answer(WORD.repeat(chunks), end), usageMetadata },
    events: [
      ...Array.from({ length: chunks - 1 }, () => unnamed(answer(WORD, {}))),
      unnamed({ ...answer(WORD, end), usageMetadata }),
    ],
  };
}
