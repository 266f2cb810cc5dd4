// What the list of a vendor says against the configuration and the catalogue. Pure: two lists in, findings out.

import type { ModelCard } from '../core/catalog.ts';
import type { ListedModel, ListedPrice } from '../core/model-list.ts';
import { formatUsd, type PicoUsd, type Price, picoUsd } from '../core/money.ts';

export interface ModelFinding {
  /**
   * In use: `missing` at the vendor, `ended`, `ending`. In the catalogue alone: `gone`. In both, and told otherwise: `context_window`,
   * `output_limit`, `price`.
   */
  readonly kind: 'missing' | 'ended' | 'ending' | 'gone' | 'context_window' | 'output_limit' | 'price';
  /** An error is what requests will fail by. */
  readonly level: 'error' | 'warning';
  readonly model: string;
  readonly message: string;
  /** Where it is named: `as the default model`. Empty: nowhere, the catalogue has it. */
  readonly named: readonly string[];
}

/** A model of one provider as this version and its configuration know it. */
export interface KnownModel {
  readonly card: ModelCard;
  readonly price: Price | null;
  /** Empty: it is not named in the configuration. */
  readonly named: readonly string[];
  /** Named where it will be asked, and not by its price alone. */
  readonly isAsked: boolean;
}

export interface Compared {
  readonly findings: readonly ModelFinding[];
  /** At the vendor, and not known here. */
  readonly unknown: readonly string[];
}

type Of = Pick<ModelFinding, 'model' | 'named'>;

/** `isWhole`: what is not listed is not there. */
export function compare(
  known: readonly KnownModel[],
  listed: readonly ListedModel[],
  isWhole: boolean,
  nowMs: number,
): Compared {
  const byName = new Map(listed.flatMap((model) => model.aliases.map((alias) => [alias, model] as const)));
  // Its own name leads to a model before the alias of another one.
  for (const model of listed) byName.set(model.model, model);
  const findings = known.flatMap((model) => findingsOn(model, byName.get(model.card.model) ?? null, isWhole, nowMs));
  const found = new Set(known.flatMap(({ card }) => byName.get(card.model) ?? []));
  return {
    findings: findings.sort((a, b) => RANK[a.level] - RANK[b.level]),
    unknown: [...new Set(listed.filter((model) => !found.has(model)).map(({ model }) => model))].sort(),
  };
}

const RANK = { error: 0, warning: 1 } as const;

function findingsOn(known: KnownModel, listed: ListedModel | null, isWhole: boolean, nowMs: number): ModelFinding[] {
  const { card, named, isAsked } = known;
  const of: Of = { model: card.model, named };
  const end = named.length === 0 ? null : endOf(known, listed, nowMs);
  if (end !== null && end.kind === 'ended') return [end];
  if (listed !== null) return [...(end === null ? [] : [end]), ...disagreements(of, known, listed)];
  if (named.length === 0 && card.end !== undefined && card.end.atMs <= nowMs) return [];
  if (named.length === 0) return [warning('gone', of, 'is in the catalogue, and the vendor does not list it')];
  const missing = warning('missing', of, 'is not on the list of the vendor');
  return [...(end === null ? [] : [end]), isAsked && isWhole ? { ...missing, level: 'error' } : missing];
}

/** The vendor's own word stands over the catalogue's. */
function endOf({ card, named, isAsked }: KnownModel, listed: ListedModel | null, nowMs: number): ModelFinding | null {
  const of: Of = { model: card.model, named };
  const ended = (message: string): ModelFinding => ({
    ...warning('ended', of, message),
    level: isAsked ? 'error' : 'warning',
  });
  const day = listed?.shutDownOn ?? null;
  const atMs = day === null ? (card.end?.atMs ?? null) : Date.parse(day);
  const told = day === null ? null : `is shut down by the vendor on ${day}${insteadOf(listed)}`;
  const message = told ?? (card.end === undefined ? null : `has an end: ${card.end.notice}`);
  if (listed?.isActive === false) return ended(message ?? `is listed by the vendor as not active${insteadOf(listed)}`);
  if (atMs === null || message === null) return null;
  return atMs <= nowMs ? ended(message) : warning('ending', of, message);
}

function insteadOf(listed: ListedModel | null): string {
  return listed?.replacement ? `, which names "${listed.replacement}" in its place` : '';
}

function disagreements(of: Of, { card, price }: KnownModel, listed: ListedModel): ModelFinding[] {
  const { contextWindow, outputLimit } = listed;
  const found: ModelFinding[] = [];
  if (contextWindow !== null && contextWindow !== card.contextWindow)
    found.push(
      warning('context_window', of, `takes ${contextWindow} tokens by the vendor, ${card.contextWindow} here`),
    );
  if (outputLimit !== null && outputLimit !== card.outputLimit)
    found.push(
      warning('output_limit', of, `answers with ${outputLimit} tokens at most by the vendor, ${card.outputLimit} here`),
    );
  const priced = listed.price === null ? null : priceMessage(listed.price, price, of.named.length > 0);
  return priced === null ? found : [...found, warning('price', of, priced)];
}

/** Null: they agree. What is priced nowhere here is only of interest where it is used. */
function priceMessage(told: ListedPrice, price: Price | null, isNamed: boolean): string | null {
  const words = `${perMillion(told.input)} in, ${perMillion(told.output)} out`;
  if (price === null)
    return isNamed ? `costs ${words} USD per million tokens by the vendor, and has no price here` : null;
  const agrees =
    told.input === price.input &&
    told.output === price.output &&
    (told.cacheRead === null || told.cacheRead === price.cacheRead);
  if (agrees) return null;
  const cached = told.cacheRead === null ? '' : `, ${perMillion(told.cacheRead)} cached`;
  const cachedHere = told.cacheRead === null ? '' : `, ${perMillion(price.cacheRead)} cached`;
  return `costs ${words}${cached} USD per million tokens by the vendor, ${perMillion(price.input)} in, ${perMillion(price.output)} out${cachedHere} here`;
}

function perMillion(perToken: PicoUsd): string {
  return formatUsd(picoUsd(perToken * 1_000_000n));
}

function warning(kind: ModelFinding['kind'], of: Of, message: string): ModelFinding {
  return { kind, level: 'warning', message, ...of };
}
