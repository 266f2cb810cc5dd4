// The models of providers that the application hands in: as it describes them, and at the price that it names.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';
import type { OwnProvider } from '../core/own-provider.ts';
import { type PriceEntry, priceFrom } from './price-overlay.ts';

const FEATURES: readonly ModelFeature[] = ['tools', 'images', 'json_mode', 'json_schema', 'reasoning'];
const SOURCE = 'the application';

export function ownCards({ id, models }: OwnProvider): readonly ModelCard[] {
  return models.map(({ name, contextWindow, outputLimit, features = FEATURES }) => ({
    provider: id,
    model: name,
    contextWindow,
    outputLimit,
    features: new Set(features),
    encoding: null,
    // Whether it does nobody has said; to cut off one that does would lose an answer that is paid for.
    thinksSilently: true,
    source: SOURCE,
    readOn: READ_ON,
  }));
}

/** An application's own figures have no date; this is the day on which the careful ones beside them were written. */
const READ_ON = '2026-11-26';

export function ownPrices(own: readonly OwnProvider[]): readonly PriceEntry[] {
  return own.flatMap(({ id, models }) =>
    models.flatMap(({ name, price }): readonly PriceEntry[] =>
      price === undefined
        ? []
        : [
            {
              provider: id,
              model: name,
              from: null,
              price: priceFrom({ ...price, cachedInput: price.cachedInput }, SOURCE, null),
            },
          ],
    ),
  );
}
