// The worker thread that answers questions to the ledger on a read connection of its own. `node:sqlite` is synchronous: asked on
// the main thread, a year's usage would freeze every stream.

import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from './database.ts';
import { type Answers, answerTo, type Question } from './questions.ts';

/** `error`: there is no answer. */
export interface Reply {
  readonly id: number;
  readonly answers: Partial<Answers>;
  readonly error?: string;
}

const data: { readonly path: string } = workerData;
const db = openForReading(data.path);

function reply(id: number, question: Question): Reply {
  try {
    return { id, answers: answerTo(db, question) };
  } catch (error) {
    return { id, answers: {}, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', ({ id, question }: { id: number; question: Question }) => {
  parentPort?.postMessage(reply(id, question));
});
