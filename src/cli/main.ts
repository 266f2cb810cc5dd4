// The command line: `codementor-llm <command>`. Each command is a file beside this one and sees the library's public face alone.
// It returns the exit code and never ends the process itself, so that what is under way is booked and closed first.

import { Command } from 'commander';
import { loadConfig, VERSION } from '../index.ts';
import { addCache } from './cache.ts';
import { addChat } from './chat.ts';
import { addComplete } from './complete.ts';
import { addDoctor } from './doctor.ts';
import { tellFailure } from './failure.ts';
import { addKeys } from './keys.ts';
import { addLedger } from './ledger.ts';
import { addModels } from './models.ts';
import { addPrompts } from './prompts.ts';
import { addServe } from './serve.ts';
import { addUsage } from './usage.ts';

export async function main(argv: readonly string[]): Promise<number> {
  // `… | head` closes our output early. A command that is under way stops for it; nobody wants to read of it.
  process.stdout.on('error', () => {});
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (thrown) {
    return tellFailure(thrown, wantsStacks());
  }
}

function createProgram(): Command {
  const program = new Command('codementor-llm')
    .description('The LLM integration layer of CodeMentor: one way to the models, with budgets, a ledger and a cache.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('`codementor-llm --help` lists the commands, `codementor-llm <command> --help` explains one.')
    .addHelpText(
      'after',
      `
Without GROQ_API_KEY, or the key of another vendor, the answers are made offline: good for a first look, and for tests.
Configuration: the environment, and codementor-llm.yaml in the working folder; \`doctor\` shows what counts.

Examples:
  $ codementor-llm complete "Explain Python list comprehensions"
  $ codementor-llm serve
  $ codementor-llm usage --by day`,
    );
  const commands = [
    addServe,
    addChat,
    addComplete,
    addPrompts,
    addModels,
    addUsage,
    addLedger,
    addKeys,
    addCache,
    addDoctor,
  ];
  for (const add of commands) add(program);
  return program;
}

function wantsStacks(): boolean {
  try {
    return ['debug', 'trace'].includes(loadConfig().logLevel);
  } catch {
    return false;
  }
}
