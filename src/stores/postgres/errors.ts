// What went wrong with PostgreSQL, told apart by what can be done about it: wait (an outage), split the batch (the data), or
// repeat. What the driver throws is never passed on as it is: its `detail` holds values of rows, its stack the way to them.

import { llmError } from '../../core/errors.ts';

/** Kept as the cause of an LLMError, for the log. */
export class PostgresFailure extends Error {
  /** Five characters, of which the first two are the class; null: the server could not be asked, or did not answer in time. */
  readonly sqlState: string | null;

  constructor(message: string, sqlState: string | null) {
    super(message);
    this.name = 'PostgresFailure';
    this.sqlState = sqlState;
  }
}

export function failureOf(thrown: unknown): PostgresFailure {
  if (thrown instanceof PostgresFailure) return thrown;
  if (!(thrown instanceof Error)) return new PostgresFailure(String(thrown), null);
  if (thrown.cause instanceof PostgresFailure) return thrown.cause;
  // A socket's error has a `code` too, such as EPIPE; only what the server said has a severity.
  const saidByServer = 'severity' in thrown && 'code' in thrown && typeof thrown.code === 'string';
  return new PostgresFailure(messageOf(thrown), saidByServer ? String(thrown.code) : null);
}

/** For the line of an outage; the stack would lead to the driver and no further. `code` is the server's own, if it said one. */
export function reasonOf(thrown: unknown): { readonly code: string | null; readonly message: string } {
  const { sqlState, message } = failureOf(thrown);
  return { code: sqlState, message };
}

/** A name with several addresses fails once for each of them, and then the error that holds these says nothing itself. */
function messageOf(thrown: Error): string {
  if (thrown.message !== '' || !(thrown instanceof AggregateError)) return thrown.message;
  return thrown.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join(', ');
}

/** Connection exceptions, no resources (connections, disk), an operator at work, trouble with the system. */
const OUTAGE_CLASSES = ['08', '53', '57', '58'];
/** A statement that was ended after its time. */
const TIMED_OUT = '57014';

/** The server could not do what it was asked for, whatever that was. */
export function isOutage(error: unknown): boolean {
  const { sqlState } = failureOf(error);
  return sqlState === null || OUTAGE_CLASSES.includes(sqlState.slice(0, 2));
}

/** The same for questions that are large by themselves: one that took too long shows that the server is there. */
export function isOutageForQuestions(error: unknown): boolean {
  return isOutage(error) && failureOf(error).sqlState !== TIMED_OUT;
}

/** Bad data, a broken constraint, more than the server can index: the same rows will fail again, and others will not. */
const DATA_CLASSES = ['22', '23', '54'];

/** Did a write fail for what was to be written? Then a batch is to be split, and the row that fails alone is the culprit. */
export function isDataError(error: unknown): boolean {
  const { sqlState } = failureOf(error);
  return sqlState !== null && DATA_CLASSES.includes(sqlState.slice(0, 2));
}

export function unavailable(code: 'ledger_unavailable' | 'store_unavailable', what: string, thrown: unknown): Error {
  return llmError(code, `${what}; the log says why`, { cause: failureOf(thrown) });
}
