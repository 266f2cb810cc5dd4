// `codementor-llm chat`: a conversation at the terminal. What is said is kept where everything is kept, so that it can be resumed, here
// or over HTTP. Lines that are piped in are the user's turns, one each, and standard output then holds the answers alone.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, settingsOf } from './ask-options.ts';
import type { Backend, ChatQuestion } from './backend.ts';
import { chooseModel } from './choose-model.ts';
import { Failure, tellFailure } from './failure.ts';
import { pipedLines, typedLines } from './lines.ts';
import { openBackend } from './open-backend.ts';
import { show } from './show.ts';
import { stopOnInterrupt } from './stop.ts';
import { dim, printable, toPeople } from './terminal.ts';

const COMMANDS = `/model [name]  another model (without a name: choose one)
/new           begin another conversation
/exit          leave; so does Ctrl-D`;

export function addChat(program: Command): void {
  const command = program
    .command('chat')
    .summary('a conversation at the terminal')
    .description('A conversation at the terminal. Ctrl-C stops an answer; at the prompt, twice leaves.');
  addAskOptions(command)
    .option('--resume [id]', 'go on with a conversation (without an id: with the latest)')
    .addHelpText(
      'after',
      `
In the conversation:
  ${COMMANDS.replaceAll('\n', '\n  ')}

Examples:
  $ codementor-llm chat --resume
  $ printf 'My name is Ann.\\nWhat is my name?\\n' | codementor-llm chat`,
    )
    .action(chat);
}

interface ChatOptions extends AskOptions {
  /** True: the latest. */
  readonly resume?: string | true;
}

async function chat(options: ChatOptions): Promise<void> {
  const isTyped = process.stdin.isTTY && process.stdout.isTTY;
  const backend = await openBackend(options.key ?? null);
  try {
    const conversation = new Conversation(backend, settingsOf(options), isTyped);
    if (isTyped) toPeople(dim(`${COMMANDS}\n`));
    if (options.resume !== undefined) await conversation.resume(options.resume === true ? null : options.resume);
    try {
      for await (const line of isTyped ? typedLines() : pipedLines()) {
        if (!(await conversation.take(line.trim()))) break;
      }
    } finally {
      conversation.tellHowToResume();
    }
  } finally {
    await backend.close();
  }
}

type Settings = Omit<ChatQuestion, 'message' | 'conversationId'>;

class Conversation {
  readonly #backend: Backend;
  readonly #isTyped: boolean;
  #settings: Settings;
  /** Null: nothing of it is kept yet. */
  #id: string | null = null;

  constructor(backend: Backend, settings: Settings, isTyped: boolean) {
    this.#backend = backend;
    this.#settings = settings;
    this.#isTyped = isTyped;
  }

  /** Null: the latest. */
  async resume(id: string | null): Promise<void> {
    const found = await this.#backend.conversation(this.#settings.userId ?? null, id);
    if (found === null) throw new Failure('There is no conversation to resume yet; leave --resume out to begin one');
    this.#id = found.id;
    if (this.#isTyped) toPeople(dim(`${printable(found.title)} · ${found.message_count} messages so far\n`));
  }

  tellHowToResume(): void {
    if (this.#id !== null) toPeople(dim(`to go on: npx codementor-llm chat --resume ${this.#id}\n`));
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
    this.tellHowToResume();
    this.#id = null;
    toPeople(dim('a new conversation\n'));
  }

  async #changeModel(name: string): Promise<void> {
    const model = name !== '' || !this.#isTyped ? name : await chooseModel(this.#backend, this.#settings.model ?? null);
    if (model !== '' && model !== null) this.#settings = { ...this.#settings, model };
    toPeople(dim(`model: ${this.#settings.model ?? 'the configured one'}\n`));
  }

  /** A turn whose answer was stopped is kept with what came of it; one without any answer was never said. */
  async #ask(message: string): Promise<void> {
    let conversationId = this.#id;
    const keep = () => {
      this.#id = conversationId;
    };
    try {
      using stop = stopOnInterrupt();
      const answer = await this.#backend.chat({ ...this.#settings, message, conversationId }, stop.signal);
      conversationId = answer.conversationId;
      await show(answer.events, keep);
      keep();
    } catch (thrown) {
      // At a terminal a failed turn can be said again; a script must learn that it failed.
      if (!this.#isTyped) throw thrown;
      tellFailure(thrown, false);
    }
  }
}
