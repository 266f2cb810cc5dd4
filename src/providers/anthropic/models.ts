// Anthropic's list of its models: `GET /v1/models`, page by page behind a cursor. Read from @anthropic-ai/sdk 1.12.0.

import { arrayAt, isObject, type Json, numberAt, stringAt } from '../../core/json.ts';
import { dayOf, type ListedModel, listedModel, type ModelList } from '../../core/model-list.ts';

/** The most that one page takes. */
const PAGE = 1_000;

export function anthropicModelList(url: string, headers: ModelList['headers']): ModelList {
  const first = `${url}?limit=${PAGE}`;
  return {
    url: first,
    headers,
    isWhole: true,
    read(body) {
      const rows = arrayAt(body, 'data');
      if (rows === null) return null;
      const lastId = stringAt(body, 'last_id');
      const hasMore = isObject(body) && body['has_more'] === true && lastId !== null;
      return {
        models: rows.flatMap((row) => modelOf(row) ?? []),
        nextUrl: hasMore ? `${first}&after_id=${encodeURIComponent(lastId)}` : null,
      };
    },
  };
}

function modelOf(row: Json): ListedModel | null {
  const id = stringAt(row, 'id');
  if (id === null || id === '') return null;
  // The name without its day leads to the latest, and is not listed.
  const [, alias] = /^(.+)-\d{8}$/.exec(id) ?? [];
  return listedModel(id, {
    aliases: alias === undefined ? [] : [alias],
    isActive: stringAt(row, 'lifecycle') !== 'retired',
    contextWindow: numberAt(row, 'max_input_tokens'),
    outputLimit: numberAt(row, 'max_tokens'),
    shutDownOn: dayOf(stringAt(row, 'retires_at')),
  });
}
