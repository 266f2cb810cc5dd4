// Compares the configuration and the catalogue with what each vendor lists of itself, by the operator's own keys. It opens no store,
// so it runs beside a server that holds the data folder; and all vendors are asked at once, so that none waits for another.

import { outputLimitOf } from '../catalog/vendor-cards.ts';
import { type Config, namedModels, PRICED } from '../config.ts';
import type { Catalog } from '../core/catalog.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import { parsedJson } from '../core/json.ts';
import { isModelName, type ListedModel, type ModelList } from '../core/model-list.ts';
import type { LLMProvider } from '../core/provider.ts';
import { createProviders } from '../providers/index.ts';
import { addressOf, fetchDocument, NoDocument } from '../transport/fetch-document.ts';
import { networkFailure } from '../transport/network-failure.ts';
import type { ServiceOptions } from './face.ts';
import { compare, type KnownModel, type ModelFinding } from './model-findings.ts';
import { readRules } from './rules.ts';

/** Of one vendor's list, all its pages together. */
const LONGEST_MS = 15_000;
const MOST_BYTES = 8 * 1_048_576;
/** A cursor that never ends would. */
const MOST_PAGES = 100;
/** Chosen: some twenty times what the vendor with most of them lists. */
const MOST_MODELS = 10_000;

export interface ModelCheck {
  /** Every list could be read, and nothing that is in use is missing or has ended. */
  readonly ok: boolean;
  readonly providers: readonly ProviderCheck[];
}

export interface ProviderCheck {
  /** With several keys by each of them: `groq#2`. */
  readonly provider: string;
  /** How many models it lists; null: it was not asked, or did not say. */
  readonly listed: number | null;
  /** Why there is nothing to ask; null: it was asked. */
  readonly skipped: string | null;
  /** Why its list could not be read; null: it could. */
  readonly failure: string | null;
  readonly findings: readonly ModelFinding[];
  /** What it lists and nobody here knows. */
  readonly unknown: readonly string[];
}

export interface CheckModelsOptions extends Pick<ServiceOptions, 'env' | 'cwd' | 'clock'> {
  readonly signal?: AbortSignal;
}

/** Rejects with a ConfigError where the configuration itself is wrong; a vendor that fails is part of the report. */
export async function checkModels(options: CheckModelsOptions = {}): Promise<ModelCheck> {
  const { signal, ...read } = options;
  const { clock = systemClock } = read;
  const { config, catalog } = readRules(read);
  const known = knownModels(config, catalog, clock.nowMs());
  const accounts = createProviders(config, outputLimitOf).flatMap((provider) => provider.pool ?? [provider]);
  const providers = await Promise.all(
    accounts.map((account) => checkAccount(account, known.get(account.id) ?? [], clock, signal)),
  );
  if (signal?.aborted) throw llmError('cancelled', 'The comparison with the vendors was stopped');
  const isRight = ({ failure, findings }: ProviderCheck) =>
    failure === null && findings.every(({ level }) => level !== 'error');
  return { ok: providers.every(isRight), providers };
}

/** By provider: what the catalogue has of it, and what the configuration names. */
function knownModels(config: Config, catalog: Catalog, nowMs: number): ReadonlyMap<string, readonly KnownModel[]> {
  const known = new Map<string, KnownModel>();
  // Before all ends, so that what has ended is there to be told of.
  const always = Number.NEGATIVE_INFINITY;
  const priceOf = (provider: string, model: string) => catalog.priceOf(provider, model, nowMs);
  for (const card of catalog.models(always))
    known.set(`${card.provider}/${card.model}`, {
      card,
      price: priceOf(card.provider, card.model),
      named: [],
      isAsked: false,
    });
  const name = (asked: string | null, where: string | null) => {
    for (const { card, reason } of targetsOf(asked, catalog)) {
      const key = `${card.provider}/${card.model}`;
      const { named = [], isAsked = false } = known.get(key) ?? {};
      known.set(key, {
        card,
        price: priceOf(card.provider, card.model),
        named: [...new Set([...named, where ?? `as ${reason}`])],
        isAsked: isAsked || where !== PRICED,
      });
    }
  };
  for (const asked of [null, ...config.catalog.routes.keys()]) name(asked, null);
  for (const { name: asked, where } of namedModels({ ...config, ...config.catalog })) name(asked, where);
  return Map.groupBy(known.values(), ({ card }) => card.provider);
}

/** None for a model of a vendor that is not configured: nobody asks it, so nobody is asked about it. */
function targetsOf(asked: string | null, catalog: Catalog) {
  try {
    return catalog.targetsFor(asked, Number.NEGATIVE_INFINITY);
  } catch {
    return [];
  }
}

async function checkAccount(
  { id, account = id, transport, modelList }: LLMProvider,
  known: readonly KnownModel[],
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<ProviderCheck> {
  const report = { provider: account, listed: null, skipped: null, failure: null, findings: [], unknown: [] };
  if (modelList === undefined) {
    const here = transport.kind === 'direct';
    return { ...report, skipped: here ? 'it answers in this process' : 'it is asked by names that it does not list' };
  }
  try {
    const listed = await readList(modelList, clock, signal);
    const compared = compare(known, listed, modelList.isWhole, clock.nowMs());
    return { ...report, listed: listed.length, ...compared };
  } catch (thrown) {
    if (!modelList.isWhole && thrown instanceof NoDocument && thrown.status === 404)
      return { ...report, skipped: 'it has no list of models' };
    return { ...report, failure: whyNot(modelList.url, thrown) };
  }
}

async function readList(
  { url, headers, read }: ModelList,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<readonly ListedModel[]> {
  const late = new AbortController();
  const cancel = clock.after(LONGEST_MS, () =>
    late.abort(new NoList(`${addressOf(url)} did not tell its models in time`)),
  );
  const until = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  const models: ListedModel[] = [];
  let bytesLeft = MOST_BYTES;
  try {
    let next: string | null = url;
    for (let page = 0; next !== null; page++) {
      if (page === MOST_PAGES) throw new NoList(`The list at ${addressOf(url)} has no end`);
      const text = await fetchDocument(next, until, { headers, mostBytes: bytesLeft });
      bytesLeft -= Buffer.byteLength(text);
      const found = read(parsedJson(text));
      if (found === null) throw new NoList(`${addressOf(url)} answered with something that is no list of models`);
      for (const listed of found.models) if (isModelName(listed.model)) models.push(listed);
      if (models.length > MOST_MODELS) throw new NoList(`${addressOf(url)} lists more than ${MOST_MODELS} models`);
      next = found.nextUrl;
    }
    return models;
  } catch (thrown) {
    // A body that is broken off tells it in words of its own.
    throw until.aborted ? until.reason : thrown;
  } finally {
    cancel();
  }
}

class NoList extends Error {}

/** Only our own sentences: the network's can quote addresses, with what is secret in them. Whose list it is stands before them. */
function whyNot(url: string, thrown: unknown): string {
  if (thrown instanceof NoList) return thrown.message;
  if (thrown instanceof NoDocument)
    return thrown.status === null ? thrown.message : refusal(thrown.message, thrown.status);
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return networkFailure(addressOf(url), error instanceof Error ? error : new Error('unknown'), false).message;
}

function refusal(message: string, status: number): string {
  if (status === 401 || status === 403) return `${message}: is the key right?`;
  return status === 404 ? `${message}: is the base URL right?` : message;
}
