// What a prompt gave in the formats that other tools read, by their names. Data that comes from outside keeps to the prompt's schema before
// it is taken for anything.

import { llmError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { schemaCheck } from '../../core/schema-check.ts';
import type { CodeReviewData, ExerciseGenerationData, PromptDocuments } from '../documents.ts';
import { exercismFiles } from './exercism.ts';
import { toGithubReview } from './github.ts';
import { toRdjson } from './reviewdog.ts';
import { toSarif } from './sarif.ts';

/** Which prompt each is a format of. */
export const EXPORT_FORMATS = {
  rdjson: 'code_review',
  sarif: 'code_review',
  github: 'code_review',
  exercism: 'exercise_generation',
} as const satisfies Readonly<Record<string, keyof PromptDocuments>>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** `schema`: of what that prompt delivers. Throws `invalid_request` for what does not keep to it. */
export function exported(format: ExportFormat, data: JsonObject, schema: JsonObject): object {
  if (format === 'exercism') {
    if (keepsTo<ExerciseGenerationData>(data, schema)) return Object.fromEntries(exercismFiles(data));
  } else if (keepsTo<CodeReviewData>(data, schema)) {
    if (format === 'rdjson') return toRdjson(data);
    return format === 'sarif' ? toSarif(data) : toGithubReview(data);
  }
  throw llmError('invalid_request', `This is no data of ${EXPORT_FORMATS[format]}, of which ${format} is a format`);
}

function keepsTo<Data extends JsonObject>(data: JsonObject, schema: JsonObject): data is Data {
  return schemaCheck(schema, 1).faultsIn(data)?.length === 0;
}
