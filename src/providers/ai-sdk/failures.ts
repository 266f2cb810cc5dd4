// What a model of the AI SDK throws, or tells within its stream, in our codes. Its errors are known by their shape, and hold the
// request, the address and the vendor's body, any of which may hold a key: nothing of them is passed on but status, waits and
// single words of a protocol, and none becomes the cause of ours.

import { LLMError, llmError, withDetail } from '../../core/errors.ts';
import { isObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { ReplyHeaders } from '../../core/provider.ts';
import { errorOfReply, isErrorStatus, toldError } from '../errors.ts';

/** Nothing left this machine. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** A network's own words for a connection that was lost. */
const NETWORK_CODE = /^(E[A-Z_]{3,24}|UND_ERR_[A-Z_]{3,32})$/;
const ERROR_NAME = /^[A-Za-z_]{1,64}$/;
const PLAIN_SENTENCE = /^[\w .,'/:*-]{1,100}$/;

/** Total: whatever was thrown is an error of ours. */
export function thrownFailure(provider: string, thrown: unknown): LLMError {
  if (thrown instanceof LLMError) return thrown;
  if (!isObject(thrown)) return badReply(provider, null);
  const name = stringAt(thrown, 'name');
  const status = numberAt(thrown, 'statusCode');
  // A connection that was lost within a success has the status of the success.
  const isLost = !isErrorStatus(status) && networkCodeIn(thrown) !== null;
  if (status !== null && !isLost) return replyFailure(provider, status, thrown);
  switch (name) {
    case 'AI_APICallError':
      return connectionFailure(provider, thrown);
    case 'AI_LoadAPIKeyError':
    case 'AI_LoadSettingError':
      return llmError('provider_auth', `The model of ${provider} has no key, or lacks another setting`, {
        neverSent: true,
      });
    case 'AI_UnsupportedFunctionalityError': {
      const what = stringAt(thrown, 'functionality') ?? '';
      const named = PLAIN_SENTENCE.test(what) ? `: ${what}` : '';
      return llmError('invalid_request', `The model of ${provider} cannot do what the request wants${named}`, {
        provider,
        neverSent: true,
      });
    }
    case 'AI_InvalidPromptError':
    case 'AI_InvalidArgumentError':
      return llmError('invalid_request', `The model of ${provider} does not take the request as it is`, {
        provider,
        neverSent: true,
      });
    case 'AI_NoSuchModelError':
      return llmError('model_not_found', `${provider} has no such model`, { provider });
    case 'TimeoutError':
      return llmError('provider_timeout', `${provider} did not answer in the time that its own settings give it`);
    case 'AbortError':
      return llmError('provider_unreachable', `The connection to ${provider} was broken off by its own side`);
  }
  return networkCodeIn(thrown) !== null || isFetchFailure(thrown)
    ? connectionFailure(provider, thrown)
    : badReply(provider, name);
}

/** As `fetch` fails here and in browsers; any other TypeError is a fault of the package's. */
function isFetchFailure(thrown: JsonObject): boolean {
  const message = stringAt(thrown, 'message') ?? '';
  return (
    stringAt(thrown, 'name') === 'TypeError' &&
    /^(fetch failed|terminated|failed to fetch|network error)/i.test(message)
  );
}

/** Of an `error` part: an error as it would be thrown, or the vendor's own object. */
export function toldFailure(provider: string, told: unknown): LLMError {
  if (!isObject(told) || told instanceof Error) return thrownFailure(provider, told);
  const status = numberAt(told, 'statusCode');
  const error = isErrorStatus(status) ? { status } : { status: null };
  return toldError(provider, { ...error, error: told, retryAfterMs: null, exhaustedForMs: null });
}

function replyFailure(provider: string, status: number, thrown: JsonObject): LLMError {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectAt(thrown, 'responseHeaders') ?? {}))
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  const reply = { status, headers: headers satisfies ReplyHeaders, body: stringAt(thrown, 'responseBody') ?? '' };
  const error = errorOfReply(provider, reply);
  return isErrorStatus(status) && thrown['isRetryable'] === false
    ? withDetail(error, { sameTargetAgain: false })
    : error;
}

function connectionFailure(provider: string, thrown: JsonObject): LLMError {
  const code = networkCodeIn(thrown);
  const how = code === null ? '' : ` (${code})`;
  if (code !== null && NEVER_CONNECTED.has(code))
    return llmError('provider_unreachable', `${provider} could not be reached${how}`, { neverSent: true });
  return llmError('provider_unreachable', `The connection to ${provider} failed or was lost${how}`);
}

/** However deep it lies; the bound is for errors that are their own cause. */
function networkCodeIn(thrown: JsonObject): string | null {
  let error: JsonObject | null = thrown;
  for (let depth = 0; error !== null && depth < 5; depth++) {
    const code = stringAt(error, 'code');
    if (code !== null && NETWORK_CODE.test(code)) return code;
    error = objectAt(error, 'cause');
  }
  return null;
}

function badReply(provider: string, name: string | null): LLMError {
  const how = name !== null && ERROR_NAME.test(name) ? ` (${name})` : '';
  return llmError(
    'provider_bad_reply',
    `The model of ${provider} failed, or answered with something that is no answer${how}`,
  );
}
