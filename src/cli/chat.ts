// `codementor-llm chat`: a conversation at the terminal. What was said is kept in this process and ends with it. Lines that are
// piped in are the user's turns, one each, and standard output then holds the answers alone.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, settingsOf } from './ask-options.ts';
import type { Backend, Question, Turn } from './backend.ts';
import { chooseModel } from './choose-model.ts';
import { tellFailure } from './failure.ts';
import { pipedLines, typedLines } from './lines.ts';
import { openBackend } from './open-backend.ts';
import { show } from './show.ts';
import { stopOnInterrupt } from './stop.ts';
import { dim, toPeople } from './terminal.ts';

const COMMANDS = `/model [name]  another model (without a name: choose one)
/new           forget what was said
/exit          leave; so does Ctrl-D`;

export function addChat(program: Command): void {
  const command = program
    .command('chat')
    .summary('a conversation at the terminal')
    .description('A conversation at the terminal. Ctrl-C stops an answer; at the prompt, twice leaves.');
  addAskOptions(command)
    .addHelpText(
      'after',
      `
In the conversation:
  ${COMMANDS.replaceAll('\n', '\n  ')}

Example:
  $ printf 'My name is Ann.\\nWhat is my name?\\n' | codementor-llm chat`,
    )
    .action(chat);
}

async function chat(options: AskOptions): Promise<void> {
  const isTyped = process.stdin.isTTY && process.stdout.isTTY;
  const backend = await openBackend(options.key ?? null);
  try {
    const conversation = new Conversation(backend, settingsOf(options), isTyped);
    if (isTyped) toPeople(dim(`${COMMANDS}\n`));
    for await (const line of isTyped ? typedLines() : pipedLines()) {
      if (!(await conversation.take(line.trim()))) break;
    }
  } finally {
    await backend.close();
  }
}

class Conversation {
  readonly #backend: Backend;
  readonly #isTyped: boolean;
  #settings: Omit<Question, 'messages'>;
  #said: readonly Turn[] = [];

  constructor(backend: Backend, settings: Omit<Question, 'messages'>, isTyped: boolean) {
    this.#backend = backend;
    this.#settings = settings;
    this.#isTyped = isTyped;
  }

  /** False when the user wants to leave. */
  async take(line: string): Promise<boolean> {
    const [word = '', name = ''] = line.split(/\s+/, 2);
    if (line === '') return true;
    if (word === '/exit') return false;
    if (word === '/new') this.#forget();
    else if (word === '/model') await this.#changeModel(name);
    else if (/^\/\w+$/.test(word)) toPeople(`There is no ${word} here.\n${COMMANDS}\n`);
    else await this.#ask(line);
    return true;
  }

  #forget(): void {
    this.#said = [];
    toPeople(dim('a new conversation\n'));
  }

  async #changeModel(name: string): Promise<void> {
    const model = name !== '' || !this.#isTyped ? name : await chooseModel(this.#backend, this.#settings.model ?? null);
    if (model !== '' && model !== null) this.#settings = { ...this.#settings, model };
    toPeople(dim(`model: ${this.#settings.model ?? 'the configured one'}\n`));
  }

  /** A turn whose answer was stopped keeps what came of it; one without any answer was never said. */
  async #ask(content: string): Promise<void> {
    const messages: readonly Turn[] = [...this.#said, { role: 'user', content }];
    let answer = '';
    try {
      using stop = stopOnInterrupt();
      await show(this.#backend.stream({ ...this.#settings, messages }, stop.signal), (text) => {
        answer += text;
      });
    } catch (thrown) {
      // At a terminal a failed turn can be said again; a script must learn that it failed.
      if (!this.#isTyped) throw thrown;
      tellFailure(thrown, false);
    }
    if (answer !== '') this.#said = [...messages, { role: 'assistant', content: answer }];
  }
}
