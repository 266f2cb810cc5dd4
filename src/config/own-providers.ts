// What is wrong with the providers that the application hands in, told with the faults of the file: their names stand in one list
// with those of the configuration, and in its routes, prices and limits.

import type { z } from 'zod';
import { MODEL_FEATURES } from '../core/catalog.ts';
import { didYouMean } from '../core/near-names.ts';
import type { OwnModel, OwnProvider } from '../core/own-provider.ts';
import { isVendorId } from '../core/provider-settings.ts';
import { type Fault, shown } from './faults.ts';
import { oneOf, usdPerMillion, wholeNumber } from './leaves.ts';
import { namedServersIn } from './providers.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MODEL_NAME = /^[\x21-\x7e]{1,256}$/;
const tokens = wholeNumber(1, 100_000_000);

/** An option that nobody reads would be a folder, or a file, that nobody meant. */
export function optionFaults(options: object, names: readonly string[]): readonly Fault[] {
  return Object.keys(options).flatMap((name) => {
    const write = `leave it out: there is no such option.${didYouMean(name, names)}`;
    return names.includes(name) ? [] : [{ where: `createLLMService({ ${name.slice(0, 64)} })`, found: null, write }];
  });
}

/** `content`: of the YAML file. */
export function ownFaults(own: readonly OwnProvider[], content: unknown): readonly Fault[] {
  const configured = namedServersIn(content).map(({ id }) => id);
  return own.flatMap(({ id, models }, index): readonly Fault[] => {
    const where = `createLLMService({ providers: [${index}] })`;
    const others = own.slice(0, index).map((before) => before.id);
    const why = whyNoId(id, configured, others);
    return [
      ...(why === null ? [] : [{ where: `${where}.id`, found: shown(id), write: why }]),
      ...(models.length > 0 ? [] : [{ where: `${where}.models`, found: null, write: 'name at least one model' }]),
      ...models.flatMap((model, at) => modelFaults(model, `${where}.models[${at}]`, models.slice(0, at))),
    ];
  });
}

function whyNoId(id: string, configured: readonly string[], others: readonly string[]): string | null {
  if (!ID.test(id)) return 'call it by at most 64 letters, digits, ".", "-" and "_"';
  if (isVendorId(id) || id === 'offline' || id === 'none')
    return `give it another \`id\`: "${id}" is what the configuration calls ${isVendorId(id) ? 'the vendor that it knows itself' : 'no vendor'}`;
  if (configured.includes(id)) return `give it another \`id\`: the configuration has a provider of this name`;
  if (others.includes(id)) return `give it another \`id\`: a provider before it has this name`;
  return null;
}

function modelFaults(model: OwnModel, where: string, before: readonly OwnModel[]): readonly Fault[] {
  const { name, contextWindow, outputLimit, features, price } = model;
  const isTwice = before.some((other) => other.name === name);
  const checks: readonly (readonly [field: string, value: unknown, why: string | null])[] = [
    ['name', name, MODEL_NAME.test(name) ? null : 'write its name in printable ASCII, without spaces'],
    ['name', name, isTwice ? 'name each model once' : null],
    ['contextWindow', contextWindow, whyNot(tokens, contextWindow)],
    ['outputLimit', outputLimit, whyNot(tokens, outputLimit)],
    ...(features ?? []).map(
      (feature, at) => [`features[${at}]`, feature, whyNot(oneOf(MODEL_FEATURES), feature)] as const,
    ),
    ['price.input', price?.input, price === undefined ? null : whyNot(usdPerMillion, price.input)],
    ['price.cachedInput', price?.cachedInput, whyNot(usdPerMillion.optional(), price?.cachedInput)],
    ['price.output', price?.output, price === undefined ? null : whyNot(usdPerMillion, price.output)],
  ];
  return checks.flatMap(([field, value, write]) =>
    write === null ? [] : [{ where: `${where}.${field}`, found: shown(value), write }],
  );
}

function whyNot(leaf: z.ZodType, value: unknown): string | null {
  return leaf.safeParse(value).error?.issues[0]?.message ?? null;
}
