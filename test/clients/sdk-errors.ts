// How the packages of OpenAI and of Groq, which are made by one generator, name their failures; LangChain hands OpenAI's on as they are.

import OpenAI from 'openai';
import { type ClientKind, type Failed, nameOf } from './client.ts';

export const GENERATED_CLASSES: ClientKind<never>['classes'] = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  402: 'APIError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  429: 'RateLimitError',
  502: 'InternalServerError',
  503: 'InternalServerError',
  'in a stream': 'APIError',
};

export function failedByOpenAi(error: unknown): Failed {
  if (!(error instanceof OpenAI.APIError)) throw error;
  return { is: nameOf(error), status: error.status ?? null, code: error.code ?? null };
}
