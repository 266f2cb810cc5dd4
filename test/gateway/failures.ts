// A failure as it came, in whichever envelope.

import { errorShape, messagesErrorShape } from '../../src/gateway/reply-schemas.ts';

export interface ToldFailure {
  readonly code: string;
  readonly param: string | null;
  readonly requestId: string;
}

/** Throws where it is in neither. */
export function failureIn(body: unknown): ToldFailure {
  const anthropics = messagesErrorShape.safeParse(body);
  if (anthropics.success) {
    const { error, request_id: requestId } = anthropics.data;
    return { code: error.details.error_code, param: error.details.param, requestId };
  }
  const { code, param, request_id: requestId } = errorShape.parse(body).error;
  return { code, param, requestId };
}
