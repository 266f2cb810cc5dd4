// The price in force at a moment: the operator's entry, else our overlay's, else that of @pydantic/genai-prices (offline data,
// never fetched). Only its raw figures are used: its results are floats. What it prices in a way that Price cannot say
// (hours of the day, pictures) is unpriced here rather than wrong.

import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import type { Price } from '../core/money.ts';
import { isVendorId, type VendorId } from '../core/provider-settings.ts';
import { PRICE_OVERLAY, type PriceEntry, priceFrom } from './price-overlay.ts';

export type PriceOf = (provider: string, model: string, atMs: number) => Price | null;

/** A price from a moment on; null: unpriced from then. */
interface DatedPrice {
  readonly fromMs: number;
  readonly price: Price | null;
}

const SOURCE = 'genai-prices 0.1.8';
/** Whose names there are the vendors' own. A server is called as its operator likes, so its name says nothing of a price. */
const PROVIDER_IDS: Readonly<Record<VendorId, string>> = {
  groq: 'groq',
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
};

// Fees for what this service never asks of a vendor.
const NOT_ASKED_FOR =
  /audio|^(web_searches|storage_searches)_kcount$|^cache_write_1h_mtok$|^(input|output)_video_mtok$|^output_image_mtok$/;
const EXPRESSIBLE = new Set(['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok']);

/**
 * `operators` first, then ours, then the base. Base prices are read once per model: the names come from the catalogue and
 * from ledger rows, so there are only as many as there are models.
 */
export function createPriceBook(operators: readonly PriceEntry[]): PriceOf {
  const layers = [index(operators), index(PRICE_OVERLAY)];
  const base = new Map<string, readonly DatedPrice[]>();
  return (provider, model, atMs) => {
    const key = `${provider}/${model}`;
    for (const layer of layers) {
      const found = inForce(layer.get(key) ?? [], atMs);
      if (found !== null) return found.price;
    }
    if (!isVendorId(provider)) return null;
    let dated = base.get(key);
    if (dated === undefined) {
      dated = basePrices(provider, model);
      base.set(key, dated);
    }
    return inForce(dated, atMs)?.price ?? null;
  };
}

function index(entries: readonly PriceEntry[]): Map<string, DatedPrice[]> {
  const byModel = new Map<string, DatedPrice[]>();
  for (const { provider, model, from, price } of entries) {
    const dated = byModel.get(`${provider}/${model}`) ?? [];
    dated.push({ fromMs: startOf(from), price });
    byModel.set(`${provider}/${model}`, dated);
  }
  for (const dated of byModel.values()) dated.sort((a, b) => a.fromMs - b.fromMs);
  return byModel;
}

function startOf(isoDate: string | null): number {
  return isoDate === null ? Number.NEGATIVE_INFINITY : Date.parse(isoDate);
}

function inForce(dated: readonly DatedPrice[], atMs: number): DatedPrice | null {
  return dated.findLast((entry) => entry.fromMs <= atMs) ?? null;
}

function basePrices(provider: VendorId, model: string): readonly DatedPrice[] {
  const providerId = PROVIDER_IDS[provider];
  // No usage: only the look-up is wanted, and with usage it throws where the usage contradicts itself.
  const found = calcPrice({}, model, { providerId });
  if (found === null || found.provider.id !== providerId) return [];
  const { prices } = found.model;
  if (!Array.isArray(prices)) return [{ fromMs: startOf(null), price: expressed(prices, null) }];
  const dated = prices.map(({ constraint, prices: figures }): DatedPrice => {
    if (constraint === undefined) return { fromMs: startOf(null), price: expressed(figures, null) };
    if (constraint.type === 'start_date') {
      const from = constraint.start_date;
      return { fromMs: startOf(from), price: expressed(figures, from) };
    }
    return { fromMs: Number.POSITIVE_INFINITY, price: null };
  });
  const byHour = dated.some(({ fromMs }) => fromMs === Number.POSITIVE_INFINITY);
  return byHour ? [] : dated.sort((a, b) => a.fromMs - b.fromMs);
}

/** Null when any figure that could apply to us is missing or of another kind. */
function expressed(figures: ModelPrice, from: string | null): Price | null {
  const asked = Object.entries(figures).filter(([name, figure]) => figure !== undefined && !NOT_ASKED_FOR.test(name));
  if (asked.some(([name]) => !EXPRESSIBLE.has(name))) return null;
  // A figure counts from its start on for the whole of a request, each by itself; prompts are told apart by all starts together.
  const starts = asked.flatMap(([, figure]) => (isTiered(figure) ? figure.tiers.map(({ start }) => start) : []));
  const base = usdAbove(0, asked);
  if (base === null) return null;
  const longPrompts = [...new Set(starts)]
    .sort((a, b) => a - b)
    .flatMap((aboveInputTokens) => ({ aboveInputTokens, ...(usdAbove(aboveInputTokens + 1, asked) ?? base) }));
  try {
    const price = priceFrom({ ...base, longPrompts }, SOURCE, from);
    return isAudioApart(figures) ? { ...price, audioApart: true } : price;
  } catch {
    return null;
  }
}

/** Sound that costs what text does is no matter. Its answers are text here, so only what goes in counts. */
function isAudioApart({
  input_mtok: text,
  input_audio_mtok: audio,
  cache_audio_read_mtok: cached,
  cache_read_mtok,
}: ModelPrice): boolean {
  return (audio !== undefined && audio !== text) || (cached !== undefined && cached !== cache_read_mtok);
}

type Figure = ModelPrice[string];
type Tiered = Exclude<Figure, number | undefined>;

function isTiered(figure: Figure): figure is Tiered {
  return typeof figure === 'object';
}

/** For a prompt of so many tokens. */
function usdAbove(inputTokens: number, figures: readonly (readonly [string, Figure])[]) {
  const usd = new Map(
    figures.flatMap(([name, figure]) => (figure === undefined ? [] : [[name, usdOf(figure, inputTokens)]])),
  );
  const [input, output] = [usd.get('input_mtok'), usd.get('output_mtok')];
  if (input === undefined || output === undefined) return null;
  return { input, cachedInput: usd.get('cache_read_mtok'), cacheWrite: usd.get('cache_write_mtok'), output };
}

/** The shortest text that reads back as this float is the decimal the data was written with. */
function usdOf(figure: number | Tiered, inputTokens: number): string {
  if (typeof figure === 'number') return String(figure);
  const tiers = figure.tiers.filter(({ start }) => inputTokens > start).sort((a, b) => a.start - b.start);
  return String(tiers.at(-1)?.price ?? figure.base);
}
