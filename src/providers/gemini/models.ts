// Google's list of its models: `GET /v1beta/models`, page by page behind a token. Read from Google's docs and @google/genai 3.1.0.

import { arrayAt, type Json, numberAt, stringAt } from '../../core/json.ts';
import { type ListedModel, listedModel, type ModelList } from '../../core/model-list.ts';

/** The most that one page takes. */
const PAGE = 1_000;
const PREFIX = 'models/';

export function geminiModelList(url: string, headers: ModelList['headers']): ModelList {
  const first = `${url}?pageSize=${PAGE}`;
  return {
    url: first,
    headers,
    isWhole: true,
    read(body) {
      const rows = arrayAt(body, 'models');
      if (rows === null) return null;
      const token = stringAt(body, 'nextPageToken');
      return {
        models: rows.flatMap((row) => modelOf(row) ?? []),
        nextUrl: token === null || token === '' ? null : `${first}&pageToken=${encodeURIComponent(token)}`,
      };
    },
  };
}

function modelOf(row: Json): ListedModel | null {
  const name = stringAt(row, 'name');
  if (name === null || !name.startsWith(PREFIX)) return null;
  return listedModel(name.slice(PREFIX.length), {
    contextWindow: numberAt(row, 'inputTokenLimit'),
    outputLimit: numberAt(row, 'outputTokenLimit'),
  });
}
