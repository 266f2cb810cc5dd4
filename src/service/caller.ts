// Who asks where nobody has told callers apart: an application that uses the library alone.

import type { Caller, LLMRequest } from '../core/request.ts';

export const DEFAULT_TENANT = 'default';

export function callerOf(
  { userId = 'anonymous' }: Pick<LLMRequest, 'userId'>,
  { caller }: { readonly caller?: Caller },
): Caller {
  return caller ?? { tenant: DEFAULT_TENANT, userId };
}
