// Why a store could not be used, for whoever runs a command. An HTTP client is referred to the log and learns no address; here
// the operator has no log and needs both, except the password.

import { type Config, type LLMError, loadConfig, type Secret } from '../index.ts';

/** Stands at the end of messages that must not say more to a stranger. */
const REFERRAL = /; the log says why$/;
/** What PostgreSQL's part of the library keeps as the cause of its refusals. */
const OF_POSTGRES = 'PostgresFailure';

/** The message, with the reason where it would otherwise name a log. */
export function messageWithReason(error: LLMError): string {
  const cause = rootOf(error);
  if (cause === error || !REFERRAL.test(error.message)) return error.message;
  const config = configAsItStands();
  if (config === null) return error.message;
  const { dataDir, databaseUrl } = config;
  const where =
    cause.name === OF_POSTGRES && databaseUrl !== null
      ? `PostgreSQL (DATABASE_URL, ${addressOf(databaseUrl)})`
      : `data folder (DATA_DIR, ${dataDir})`;
  return error.message.replace(REFERRAL, () => `: ${where}: ${withoutSecrets(cause.message, databaseUrl)}`);
}

/** A server that is slow, or was not asked at all, may answer the next time; a port where nobody listens will not. */
export function isPassing(error: LLMError): boolean {
  const { name, message } = rootOf(error);
  return name === OF_POSTGRES && /did not answer|timeout/.test(message);
}

/** Null: a server may fail when its file was long changed to something that is wrong, which is another fault than this one. */
function configAsItStands(): Config | null {
  try {
    return loadConfig();
  } catch {
    return null;
  }
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

function addressOf(url: Secret): string {
  const { host = '', searchParams } = URL.parse(url.reveal()) ?? {};
  // Of a socket, the folder stands in the query.
  return host || (searchParams?.get('host') ?? 'the default address');
}

/** What a driver says is a sentence of the server's, and servers have repeated what they were given. */
function withoutSecrets(message: string, url: Secret | null): string {
  if (url === null) return message;
  const { password = '' } = URL.parse(url.reveal()) ?? {};
  return [url.reveal(), password, decoded(password)]
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), message);
}

/** A password with a stray % is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
