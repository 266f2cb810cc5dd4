// The settings that are one value each: what they are called in the environment and in the YAML file, what they may be and
// what they are when nobody says. docs/configuration.md and .env.example are held to these tables by a test.

import { z } from 'zod';
import { CACHE_TTL_MOST_MS } from '../core/cache-invalidation.ts';
import { isVendorId, VENDORS, type VendorId } from '../core/provider-settings.ts';
import { baseUrl, decimal, networks, oneOf, secret, storeUrl, text, wholeNumber } from './leaves.ts';

// The total of all attempts may be set up to 20 minutes; no part of it is longer.
const LONGEST_MS = 1_200_000;

export const settingsSchema = z.object({
  host: text,
  port: wholeNumber(0, 65_535),
  metricsPort: wholeNumber(0, 65_535).nullable(),
  dataDir: text,
  nodeEnv: text.nullable(),
  logLevel: oneOf(['silent', 'debug', 'info', 'warn', 'error']),
  adminKey: secret(32).nullable(),
  redisUrl: storeUrl(['redis', 'rediss'], 'redis://127.0.0.1:6379').nullable(),
  databaseUrl: storeUrl(['postgres', 'postgresql'], 'postgres://user:password@127.0.0.1:5432/codementor').nullable(),
  keyPepper: secret(32).nullable(),
  trustedProxies: networks.nullable(),
  groqApiKey: secret(1).nullable(),
  groqBaseUrl: baseUrl('/openai/v1'),
  groqModel: text,
  groqRateLimitRpm: wholeNumber(1, 1_000_000),
  groqRateLimitRpd: wholeNumber(1, 1_000_000_000),
  groqTimeoutSeconds: decimal(0.1, LONGEST_MS / 1_000, 'seconds'),
  openAiApiKey: secret(1).nullable(),
  openAiBaseUrl: baseUrl('/v1'),
  openAiModel: text,
  anthropicApiKey: secret(1).nullable(),
  anthropicBaseUrl: baseUrl('/v1'),
  anthropicModel: text,
  geminiApiKey: secret(1).nullable(),
  geminiBaseUrl: baseUrl('/v1beta'),
  geminiModel: text,
  // Which names there are the file decides too.
  primaryProvider: text,
  fallbackProvider: text,
  maxTokens: wholeNumber(1, 1_000_000),
  temperature: decimal(0, 2),
  contextMaxMessages: wholeNumber(1, 10_000),
  contextMaxTokens: wholeNumber(1, 10_000_000),
  cacheTtlSeconds: wholeNumber(0, CACHE_TTL_MOST_MS / 1_000),
  cacheScope: oneOf(['public', 'tenant', 'user']),
  maxRetries: wholeNumber(0, 10),
  retryBaseMs: wholeNumber(0, 60_000),
  retryFactor: decimal(1, 10),
  retryJitter: oneOf(['full', 'none']),
  breakerFailures: wholeNumber(1, 1_000),
  breakerWindowMs: wholeNumber(1, LONGEST_MS),
  breakerOpenMs: wholeNumber(1, LONGEST_MS),
  connectTimeoutMs: wholeNumber(1, LONGEST_MS),
  idleTimeoutMs: wholeNumber(1, LONGEST_MS),
  totalTimeoutMs: wholeNumber(1, LONGEST_MS),
  defaultTier: text.nullable(),
  redisTimeoutMs: wholeNumber(1, 60_000),
  journalMaxMib: wholeNumber(16, 1_048_576),
  onDisconnect: oneOf(['keep', 'grace', 'abort']),
  graceSeconds: decimal(0, LONGEST_MS / 1_000, 'seconds'),
  onDisconnectWhole: oneOf(['keep', 'grace', 'abort']),
  cancelUpstream: oneOf(['auto', 'abort', 'drain']),
  cancelDrainMs: wholeNumber(0, LONGEST_MS),
  cancelDrainsMost: wholeNumber(0, 10_000),
  mediaFetch: oneOf(['off', 'on']),
  promptsDir: text.nullable(),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

export interface SettingSource {
  /** In the environment; null: only in the file. */
  readonly variable: string | null;
  /** In the YAML file; null: only in the environment. */
  readonly key: string | null;
  /** As one would write it; null: not set. */
  readonly default: string | null;
}

const variable = (name: string, standard: string | null): SettingSource => ({
  variable: name,
  key: null,
  default: standard,
});
const either = (name: string, key: string, standard: string | null): SettingSource => ({
  variable: name,
  key,
  default: standard,
});
const key = (path: string, standard: string | null): SettingSource => ({
  variable: null,
  key: path,
  default: standard,
});

export const SETTINGS: Readonly<Record<SettingName, SettingSource>> = {
  host: variable('HOST', '127.0.0.1'),
  port: variable('PORT', '4000'),
  metricsPort: variable('METRICS_PORT', null),
  dataDir: variable('DATA_DIR', './data'),
  nodeEnv: variable('NODE_ENV', null),
  logLevel: variable('LOG_LEVEL', 'info'),
  adminKey: variable('LLM_ADMIN_KEY', null),
  redisUrl: variable('REDIS_URL', null),
  databaseUrl: variable('DATABASE_URL', null),
  keyPepper: variable('LLM_KEY_PEPPER', null),
  trustedProxies: variable('LLM_TRUSTED_PROXIES', null),
  groqApiKey: variable('GROQ_API_KEY', null),
  groqBaseUrl: variable('GROQ_BASE_URL', 'https://api.groq.com/openai/v1'),
  groqModel: variable('GROQ_MODEL', 'openai/gpt-oss-120b'),
  groqRateLimitRpm: variable('GROQ_RATE_LIMIT_RPM', '30'),
  groqRateLimitRpd: variable('GROQ_RATE_LIMIT_RPD', '14400'),
  groqTimeoutSeconds: variable('GROQ_TIMEOUT', '30'),
  openAiApiKey: variable('OPENAI_API_KEY', null),
  openAiBaseUrl: variable('OPENAI_BASE_URL', 'https://api.openai.com/v1'),
  openAiModel: variable('OPENAI_MODEL', 'gpt-5.4-mini'),
  anthropicApiKey: variable('ANTHROPIC_API_KEY', null),
  anthropicBaseUrl: variable('ANTHROPIC_BASE_URL', 'https://api.anthropic.com/v1'),
  anthropicModel: variable('ANTHROPIC_MODEL', 'claude-sonnet-5-5'),
  geminiApiKey: variable('GEMINI_API_KEY', null),
  geminiBaseUrl: variable('GEMINI_BASE_URL', 'https://generativelanguage.googleapis.com/v1beta'),
  geminiModel: variable('GEMINI_MODEL', 'gemini-3.8-flash'),
  primaryProvider: variable('LLM_PRIMARY_PROVIDER', 'groq'),
  fallbackProvider: variable('LLM_FALLBACK_PROVIDER', 'openai'),
  maxTokens: variable('LLM_MAX_TOKENS', '2000'),
  temperature: variable('LLM_TEMPERATURE', '0.7'),
  contextMaxMessages: variable('LLM_CONTEXT_MAX_MESSAGES', '10'),
  contextMaxTokens: variable('LLM_CONTEXT_MAX_TOKENS', '4000'),
  cacheTtlSeconds: either('LLM_CACHE_TTL_SECONDS', 'cache.ttl_seconds', '3600'),
  cacheScope: key('cache.scope', 'tenant'),
  maxRetries: either('GROQ_MAX_RETRIES', 'retry.max_retries', '3'),
  retryBaseMs: key('retry.base_ms', '1000'),
  retryFactor: key('retry.factor', '2'),
  retryJitter: key('retry.jitter', 'full'),
  breakerFailures: key('breaker.failures', '10'),
  breakerWindowMs: key('breaker.window_ms', '30000'),
  breakerOpenMs: key('breaker.open_ms', '10000'),
  connectTimeoutMs: key('timeouts.connect_ms', '3000'),
  idleTimeoutMs: key('timeouts.idle_ms', '30000'),
  totalTimeoutMs: key('timeouts.total_ms', '120000'),
  defaultTier: key('default_tier', null),
  redisTimeoutMs: key('redis.timeout_ms', '50'),
  journalMaxMib: key('journal.max_mib', '512'),
  onDisconnect: key('generations.on_disconnect', 'grace'),
  graceSeconds: key('generations.grace_seconds', '10'),
  onDisconnectWhole: key('generations.on_disconnect_whole', 'abort'),
  cancelUpstream: key('cancel.upstream', 'auto'),
  cancelDrainMs: key('cancel.drain_ms', '30000'),
  cancelDrainsMost: key('cancel.drains_most', '64'),
  mediaFetch: either('LLM_MEDIA_FETCH', 'media.fetch', 'off'),
  promptsDir: either('PROMPTS_DIR', 'prompts.dir', null),
};

/** Names the file; read before everything else. */
export const CONFIG_VARIABLE = 'LLM_CONFIG';
export const CONFIG_FILE = 'codementor-llm.yaml';

/** What is set of each vendor, by the settings that hold it, and where its keys are made. */
export const VENDOR_SETTINGS = {
  groq: { apiKey: 'groqApiKey', baseUrl: 'groqBaseUrl', model: 'groqModel', page: 'console.groq.com' },
  openai: { apiKey: 'openAiApiKey', baseUrl: 'openAiBaseUrl', model: 'openAiModel', page: 'platform.openai.com' },
  anthropic: {
    apiKey: 'anthropicApiKey',
    baseUrl: 'anthropicBaseUrl',
    model: 'anthropicModel',
    page: 'platform.claude.com',
  },
  gemini: { apiKey: 'geminiApiKey', baseUrl: 'geminiBaseUrl', model: 'geminiModel', page: 'aistudio.google.com' },
} as const satisfies Readonly<
  Record<
    VendorId,
    { readonly apiKey: SettingName; readonly baseUrl: SettingName; readonly model: SettingName; readonly page: string }
  >
>;

export const VENDOR_IDS = Object.keys(VENDORS).filter(isVendorId);

/** The variable of a setting that has one. */
export function variableOf(setting: SettingName): string {
  return SETTINGS[setting].variable ?? setting;
}
