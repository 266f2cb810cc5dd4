// One vendor that is played, and two ways to it: a client straight, and the same client through a gateway that has every vendor's
// address set to the player. OpenAI is asked by one of its APIs at a time, so there are two gateways.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { type RunningGateway, startGateway } from '../gateway/start.ts';
import type { Recording } from '../providers/recorded.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { configurationFor, type Exchange } from './exchanges.ts';
import { laidTogether } from './laid-together.ts';
import { DIALECT_OF, type Failure, hear, type Sdk } from './official-sdks.ts';
import { type Said, saidIn } from './readings.ts';
import { type ReplayServer, startReplayServer } from './replay-server.ts';

export interface Outcome {
  /** The whole answer, or the events of a stream laid one on the other. */
  readonly body: JsonObject;
  /** Of a stream; of a whole answer that alone. */
  readonly events: readonly Json[];
  readonly said: Said;
  readonly failure: Failure | null;
  /** What the vendor was asked; null: nobody asked it. */
  readonly sent: JsonObject | null;
}

export interface SideBySide extends AsyncDisposable {
  readonly replay: ReplayServer;
  readonly gateways: Readonly<Record<Exchange['openAiApi'], RunningGateway>>;
  /** Without a request: a plain question, streamed where the answer was recorded so. */
  straight(exchange: Exchange, request?: JsonObject): Promise<Outcome>;
  through(exchange: Exchange, sdk: Sdk, request?: JsonObject): Promise<Outcome>;
  /** From the cache, whole what was recorded as a stream and as a stream what was recorded whole. */
  inTheOtherForm(exchange: Exchange, sdk: Sdk): Promise<Outcome>;
  /** What the vendor has told of its limits is over for the next one. */
  skip(recording: Recording): void;
}

const APIS = ['chat', 'responses'] as const;
/** Longer than any vendor's account was told to be closed for. */
const A_DAY_AND_MORE_MS = 26 * 3_600_000;
const A_WHILE_MS = 120_000;

export async function startSideBySide(): Promise<SideBySide> {
  const replay = await startReplayServer();
  const clock = new SkippingClock();
  // A day on which the models of the catalogue answer, whenever this is run.
  clock.wrongByMs = Date.parse('2026-10-10') - Date.now();
  const folders: string[] = [];
  const [chat, responses] = await Promise.all(
    APIS.map((api) => {
      const cwd = mkdtempSync(join(tmpdir(), 'codementor-differential-'));
      folders.push(cwd);
      writeFileSync(join(cwd, 'codementor-llm.yaml'), configurationFor(replay.url, api));
      return startGateway({ cwd, clock, env: vendorsAt(replay.url) });
    }),
  );
  if (chat === undefined || responses === undefined) throw new Error('A gateway did not start');
  const gateways = { chat, responses };
  const outcome = async (
    exchange: Exchange,
    sdk: Sdk,
    origin: string,
    body: JsonObject,
    mayBeKept = false,
  ): Promise<Outcome> => {
    const stream = body['stream'] === true;
    replay.play(exchange.recording);
    const { told, failure } = await hear(sdk, { origin, body, stream, mayBeKept });
    const dialect = DIALECT_OF[sdk];
    const whole = stream || told.length === 0 ? laidTogether(dialect, told) : objectOf(told[0]);
    return { body: whole, events: told, said: saidIn(dialect, whole), failure, sent: replay.asked[0] ?? null };
  };
  const skip = ({ status }: Recording) => clock.skip(status === 429 ? A_DAY_AND_MORE_MS : A_WHILE_MS);
  return {
    replay,
    gateways,
    straight: (exchange, request) => {
      const { recording, sdk } = exchange;
      const body = request ?? questionFor(sdk, recording.model ?? 'recorded', recording.stream !== null);
      return outcome(exchange, sdk, `${replay.url}/${recording.provider}`, body);
    },
    async through(exchange, sdk, request) {
      const { recording, openAiApi, model } = exchange;
      const body = request ?? questionFor(sdk, model, recording.stream !== null);
      const came = await outcome(exchange, sdk, gateways[openAiApi].url, { ...body, model });
      skip(recording);
      return came;
    },
    async inTheOtherForm(exchange, sdk) {
      const { recording, openAiApi, model } = exchange;
      const { url } = gateways[openAiApi];
      const isStream = recording.stream !== null;
      const ask = (stream: boolean) =>
        outcome(exchange, sdk, url, questionFor(sdk, model, stream, `What is in ${recording.file}?`), true);
      await ask(isStream);
      const other = await ask(!isStream);
      skip(recording);
      return other;
    },
    skip,
    async [Symbol.asyncDispose]() {
      await Promise.all([chat.close(), responses.close()]);
      await replay[Symbol.asyncDispose]();
      for (const folder of folders) rmSync(folder, { recursive: true });
    },
  };
}

function vendorsAt(url: string): Readonly<Record<string, string>> {
  return {
    GROQ_BASE_URL: `${url}/groq`,
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: `${url}/openai`,
    ANTHROPIC_API_KEY: 'none',
    ANTHROPIC_BASE_URL: `${url}/anthropic`,
    GEMINI_API_KEY: 'none',
    GEMINI_BASE_URL: `${url}/google`,
  };
}

const QUESTION = 'What was recorded?';

function questionFor(sdk: Sdk, model: string, stream: boolean, content = QUESTION): JsonObject {
  const asked = { model, ...(stream && { stream }) };
  const messages = [{ role: 'user', content }];
  switch (sdk) {
    case 'openai responses':
      return { ...asked, input: content };
    case 'anthropic':
      return { ...asked, messages, max_tokens: 4_000 };
    case 'openai':
      return { ...asked, messages, ...(stream && { stream_options: { include_usage: true } }) };
    default:
      return { ...asked, messages };
  }
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
