// How a command ends when it does not succeed: one line that says what was wrong, one that says what to do, and the exit code.
// 1 is a failure, 2 wrong usage, 130 a command that its user stopped. A stack is shown to those who asked for it (LOG_LEVEL=debug).

import { CommanderError } from 'commander';
import { ConfigError, type ErrorCode, LLMError } from '../index.ts';
import { isPassing, messageWithReason } from './store-reason.ts';

const FAILED = 1;
const WRONG_USAGE = 2;
const STOPPED_BY_USER = 130;

/** A failure of the command line's own; its message is for people. */
export class Failure extends Error {
  readonly hint: string | null;
  readonly exitCode: number;

  constructor(message: string, { hint = null, exitCode = FAILED }: { hint?: string | null; exitCode?: number } = {}) {
    super(message);
    this.name = 'Failure';
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** What was written at the terminal cannot be meant: nobody needs to be asked to see it. */
export class WrongUsage extends Failure {
  constructor(message: string, hint: string | null = null) {
    super(message, { hint, exitCode: WRONG_USAGE });
  }
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  unauthenticated:
    'Sign in with --key, or set LLM_API_KEY; LLM_ADMIN_KEY signs in `keys`, `usage`, `ledger` and `cache` alone.',
  key_revoked: 'Sign in with another key: --key or LLM_API_KEY.',
  provider_auth: 'Is the key of that provider right? `codementor-llm doctor` says what is configured.',
  provider_quota: "The provider account is empty or at its limit; that is settled on the provider's own page.",
  provider_unreachable: 'Is the provider reachable from here? `codementor-llm doctor` says which address is asked.',
  model_not_found: '`codementor-llm models` lists the models that can be asked.',
  model_unpriced: 'Add the price under `prices` in codementor-llm.yaml.',
};

/** Says on standard error what was wrong; what comes back is the exit code. */
export function tellFailure(thrown: unknown, showStack: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : WRONG_USAGE; // Commander has told it already.
  if (thrown instanceof LLMError && thrown.code === 'cancelled') return STOPPED_BY_USER;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = error instanceof LLMError ? messageWithReason(error) : error.message;
  process.stderr.write(`error: ${message}\n`);
  const hint = hintOf(error);
  if (hint !== null) process.stderr.write(`${hint}\n`);
  if (showStack) process.stderr.write(`${error.stack}\n`);
  return error instanceof Failure ? error.exitCode : FAILED;
}

function hintOf(error: Error): string | null {
  if (error instanceof Failure) return error.hint;
  if (error instanceof ConfigError) return null;
  if (!(error instanceof LLMError))
    return 'This is a fault of codementor-llm itself; LOG_LEVEL=debug shows where it happened.';
  if (error.retryAfterMs !== null) return `Ask again in ${Math.ceil(error.retryAfterMs / 1_000)} s.`;
  if (isPassing(error)) return 'It may only be slow: ask again in a moment.';
  return HINTS[error.code] ?? null;
}
