// `codementor-llm complete`: one question, its answer to standard output as it is made.

import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type AskOptions, addAskOptions, settingsOf } from './ask-options.ts';
import { openBackend } from './open-backend.ts';
import { show } from './show.ts';
import { stopOnInterrupt } from './stop.ts';
import { toJson, toOutput } from './terminal.ts';

interface Options extends AskOptions {
  readonly json?: true;
}

export function addComplete(program: Command): void {
  const command = program
    .command('complete')
    .summary('ask once; the answer streams to standard output')
    .description('Ask once. The answer goes to standard output as it is made; all else goes to standard error.')
    .argument('[text...]', 'the question; left out or "-": read from standard input')
    .option('--json', 'the whole response as JSON, in the shape of the HTTP API');
  addAskOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ codementor-llm complete "Explain Python list comprehensions"
  $ codementor-llm complete --model groq/openai/gpt-oss-20b --max-tokens 200 "Name three sorting algorithms"
  $ cat main.py | codementor-llm complete --system "Review this code." -
  $ codementor-llm complete --json "Why is the sky blue?" | jq .usage`,
    )
    .action((words: string[], options: Options) => complete(words, options, command));
}

async function complete(words: readonly string[], options: Options, command: Command): Promise<void> {
  const content = await contentOf(words, command);
  const question = { ...settingsOf(options), messages: [{ role: 'user' as const, content }] };
  using stop = stopOnInterrupt();
  const backend = await openBackend(options.key ?? null);
  try {
    if (options.json) {
      toOutput(toJson(await backend.complete(question, stop.signal)));
      return;
    }
    await show(backend.stream(question, stop.signal));
  } finally {
    await backend.close();
  }
}

async function contentOf(words: readonly string[], command: Command): Promise<string> {
  const given = words.join(' ');
  const fromInput = given === '-' || (given === '' && !process.stdin.isTTY);
  const content = fromInput ? (await readAll(process.stdin)).trimEnd() : given;
  if (content.trim() === '') command.error('error: nothing to ask: give a text, or pipe one in');
  return content;
}
