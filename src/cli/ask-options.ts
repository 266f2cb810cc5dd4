// The options that the commands share which ask: what is asked, of whom, and under whose name.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Question } from './backend.ts';

export interface AskOptions {
  readonly model?: string;
  readonly system?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly user?: string;
  /** False with --no-cache. */
  readonly cache: boolean;
  readonly key?: string;
}

export function addAskOptions(command: Command): Command {
  return addSettings(command.option('-s, --system <text>', 'the system prompt'));
}

/** Who says it where the options do not. */
interface Defaults {
  readonly model: string;
  readonly maxTokens: string;
  readonly temperature: string;
}
const OF_CONFIG: Defaults = {
  model: 'the configured one',
  maxTokens: 'LLM_MAX_TOKENS',
  temperature: 'LLM_TEMPERATURE',
};
export const OF_TEMPLATE: Defaults = {
  model: "the template's, else the configured one",
  maxTokens: "the template's, else LLM_MAX_TOKENS",
  temperature: "the template's, else LLM_TEMPERATURE",
};

/** Without what is asked. */
export function addSettings(command: Command, { model, maxTokens, temperature }: Defaults = OF_CONFIG): Command {
  return command
    .option('-m, --model <name>', `a model or route; \`codementor-llm models\` lists them (default: ${model})`)
    .option('--max-tokens <count>', `most tokens of the answer (default: ${maxTokens})`, number)
    .option('--temperature <0-2>', `how varied the answer may be (default: ${temperature})`, number)
    .option('--user <id>', 'whose limits are drawn on (default: cli)')
    .option('--no-cache', 'neither answer from the cache nor store in it')
    .addOption(keyOption());
}

/** Only a running server asks for it. */
export function keyOption(): Option {
  return signIn('signs in to a running server');
}

/** For what an operator does: whoever has the admin key in its environment is signed in by it. */
export function operatorKeyOption(): Option {
  return signIn('signs in to a running server (default: LLM_ADMIN_KEY)');
}

function signIn(description: string): Option {
  return new Option('--key <key>', description).env('LLM_API_KEY');
}

export function settingsOf({
  model,
  system,
  maxTokens,
  temperature,
  user,
  cache,
}: AskOptions): Omit<Question, 'messages'> {
  return {
    ...(model !== undefined && { model }),
    ...(system !== undefined && { systemPrompt: system }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(user !== undefined && { userId: user }),
    ...(!cache && { cache: 'off' }),
  };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
