// What went wrong on the wire, in our words. The message holds the error's code and nothing else of it: the network's own texts
// can quote what the vendor sent.

import { type LLMError, llmError } from '../core/errors.ts';

/** Codes of OpenSSL's verification and Node's own host name check, as Node 24 spells them. */
const CERTIFICATE = /CERT|_SIGNATURE$|CRL|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

/** `name`: of whom it tells, a provider or an address. */
export function networkFailure(name: string, error: Error, sent: boolean): LLMError {
  const code = codeOf(error);
  const cause = new Error(code);
  if (sent) {
    if (isNoHttp(error, code)) {
      return llmError('provider_bad_reply', `${name} answered with something that is no HTTP (${code})`, { cause });
    }
    return llmError('provider_unreachable', `The connection to ${name} was lost (${code})`, { cause });
  }
  if (CERTIFICATE.test(code)) {
    // Asked again it would show the same certificate; there is no way round it and no plain text.
    const message = `The certificate of ${name} was not accepted (${code})`;
    return llmError('provider_unreachable', message, { cause, neverSent: true, sameTargetAgain: false });
  }
  return llmError('provider_unreachable', `${name} could not be reached (${code})`, { cause, neverSent: true });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(error.code)
    ? error.code
    : error.name;
}

/** Undici 8.12 gives its parser's errors no code. A reply that ends within a chunk is one of them, and a cut like any other. */
function isNoHttp(error: Error, code: string): boolean {
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return true;
  return error.name === 'HTTPParserError' && !error.message.includes('Invalid EOF state');
}
