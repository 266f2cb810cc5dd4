// Every family of vendors behind one gateway, each against a server that speaks its own wire, and the keys of those who may ask.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '../gateway/start.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { WAIT_SECONDS, type Wire } from './speech.ts';
import { startVendor, type Vendor } from './vendor.ts';
import { chatWire } from './wires/chat.ts';
import { geminiWire } from './wires/gemini.ts';
import { messagesWire } from './wires/messages.ts';
import { responsesWire } from './wires/responses.ts';

interface Family {
  readonly model: string;
  readonly wire: Wire;
  /** Whether its answers show what was thought. */
  readonly showsReasoning: boolean;
  /** Where its state of a thought stands, which has to go back; null: it gives none. */
  readonly state: 'beside the thought' | 'on a call or after the text' | null;
  readonly takesImages: boolean;
}

export const FAMILIES = {
  groq: {
    model: 'openai/gpt-oss-120b',
    wire: chatWire({ reasoningField: 'reasoning', hasDetails: false, hasExtension: true }),
    showsReasoning: true,
    state: null,
    takesImages: false,
  },
  'openai by chat': {
    model: 'gpt-5.4-mini',
    wire: chatWire({ reasoningField: null, hasDetails: false, hasExtension: false }),
    showsReasoning: false,
    state: null,
    takesImages: true,
  },
  // OpenAI's models as Azure has them, since OpenAI itself is told to be asked by its other API here.
  'openai by responses': {
    model: 'azure/gpt-5.4-mini',
    wire: responsesWire,
    showsReasoning: true,
    state: 'beside the thought',
    takesImages: true,
  },
  anthropic: {
    model: 'claude-sonnet-5-5',
    wire: messagesWire,
    showsReasoning: true,
    state: 'beside the thought',
    takesImages: true,
  },
  gemini: {
    model: 'gemini-3.5-flash',
    wire: geminiWire,
    showsReasoning: true,
    state: 'on a call or after the text',
    takesImages: true,
  },
  compatible: {
    model: 'openrouter/some-lab/some-model',
    wire: chatWire({ reasoningField: 'reasoning', hasDetails: true, hasExtension: false }),
    showsReasoning: true,
    state: 'beside the thought',
    takesImages: true,
  },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof FAMILIES;
export const FAMILY_NAMES = Object.keys(FAMILIES).filter(isFamily);

function isFamily(name: string): name is FamilyName {
  return Object.hasOwn(FAMILIES, name);
}

/** Takes neither tools nor pictures. */
export const LACKING_MODEL = 'plain/tiny';

/** `poor`: has no money. `barred`: may ask another model alone. `hasty`: may call once a minute. `wrong`: a key that was never given. */
export type KeyHolder = 'alice' | 'poor' | 'barred' | 'hasty' | 'wrong';

export interface Families {
  readonly running: RunningGateway;
  readonly vendors: Readonly<Record<FamilyName, Vendor>>;
  readonly keys: Readonly<Record<KeyHolder, string>>;
  /** Until a vendor that took no more takes more again. */
  waitForVendor(): void;
  close(): Promise<void>;
}

const yamlOf = (vendors: Readonly<Record<FamilyName, Vendor>>) => `
retry: { base_ms: 0, max_retries: 0 }
breaker: { failures: 1000, open_ms: 1 }
users:
  poor: { usd_per_day: 0.000001 }
  hasty: { requests_per_minute: 1 }
providers:
  openai: { api: chat }
  azure: { type: compatible, preset: azure, api: responses, base_url: "${vendors['openai by responses'].url}", api_key: canary_azure }
  openrouter: { type: compatible, preset: openrouter, base_url: "${vendors.compatible.url}", api_key: canary_openrouter }
  plain: { type: compatible, base_url: "${vendors.compatible.url}", lacks: [tools, images] }
`;

export async function startFamilies(): Promise<Families> {
  const clock = new SkippingClock();
  const started = await Promise.all(
    FAMILY_NAMES.map(async (name): Promise<[FamilyName, Vendor]> => [name, await startVendor(FAMILIES[name].wire)]),
  );
  const vendors = recordOf(started);
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-clients-'));
  writeFileSync(join(cwd, 'codementor-llm.yaml'), yamlOf(vendors));
  const env = {
    GROQ_BASE_URL: vendors.groq.url,
    OPENAI_API_KEY: 'canary_openai',
    OPENAI_BASE_URL: vendors['openai by chat'].url,
    ANTHROPIC_API_KEY: 'canary_anthropic',
    ANTHROPIC_BASE_URL: vendors.anthropic.url,
    GEMINI_API_KEY: 'canary_gemini',
    GEMINI_BASE_URL: vendors.gemini.url,
    LLM_ADMIN_KEY: 'an-admin-key-of-more-than-32-characters',
  };
  const running = await startGateway({ clock, env, cwd });
  const keyOf = async (userId: string, allowedModels?: readonly string[]) =>
    (await running.service.keys.create({ tenant: 'acme', userId, ...(allowedModels && { allowedModels }) })).key;
  return {
    running,
    vendors,
    keys: {
      alice: await keyOf('alice'),
      poor: await keyOf('poor'),
      barred: await keyOf('barred', [FAMILIES.anthropic.model]),
      hasty: await keyOf('hasty'),
      wrong: `${'cmk'}_never_given`,
    },
    waitForVendor: () => clock.skip((WAIT_SECONDS + 1) * 1_000),
    async close() {
      await running.close();
      await Promise.all(started.map(([, vendor]) => vendor.close()));
      rmSync(cwd, { recursive: true });
    },
  };
}

function recordOf(started: readonly (readonly [FamilyName, Vendor])[]): Record<FamilyName, Vendor> {
  const of = (name: FamilyName): Vendor => {
    const found = started.find(([known]) => known === name);
    if (found === undefined) throw new Error(`No vendor was started for ${name}`);
    return found[1];
  };
  return {
    groq: of('groq'),
    'openai by chat': of('openai by chat'),
    'openai by responses': of('openai by responses'),
    anthropic: of('anthropic'),
    gemini: of('gemini'),
    compatible: of('compatible'),
  };
}
