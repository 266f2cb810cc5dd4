// Who asks where nobody has told callers apart: an application that uses the library alone.

import { checkIsRequest } from '../core/check-words.ts';
import type { Caller, LLMRequest } from '../core/request.ts';

export const DEFAULT_TENANT = 'default';

export function callerOf(request: Pick<LLMRequest, 'userId'>, { caller }: { readonly caller?: Caller }): Caller {
  checkIsRequest(request);
  const { userId = 'anonymous' } = request;
  return caller ?? { tenant: DEFAULT_TENANT, userId };
}
