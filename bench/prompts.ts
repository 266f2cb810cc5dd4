// node bench/prompts.ts: what a prompt costs beside its request: filling the template (variables, marks, messages, the judge) and deciding
// about one right answer, as CPU of the main thread, with the variables of the examples. A vendor takes some hundred times as long.

import { EXAMPLES } from '../src/gateway/prompt-examples.ts';
import { PromptLibrary } from '../src/prompts/library.ts';
import { heading } from './heading.ts';

const ROUNDS = 300;
const WARM = 50;

const library = PromptLibrary.load({ dirs: [], secret: 'bench' });
const signal = new AbortController().signal;

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

async function measured(name: string) {
  const variables = EXAMPLES[name] ?? {};
  let prepareUs = 0;
  let judgeUs = 0;
  let characters = 0;
  for (let round = -WARM; round < ROUNDS; round++) {
    const started = cpuUs();
    const { judge, rendered } = library.prepare(name, variables);
    const prepared = cpuUs();
    const text = judge.sample?.() ?? '';
    const began = cpuUs();
    const verdict = await judge.verdictOn(text, { provider: 'bench', repairs: 0 }, signal);
    const ended = cpuUs();
    if (!verdict.isAccepted) throw new Error(`${name}: ${verdict.place}`);
    if (round < 0) continue;
    prepareUs += prepared - started;
    judgeUs += ended - began;
    characters = rendered.messages.reduce((sum, { content }) => sum + content.length, 0);
  }
  return { characters, prepareUs: prepareUs / ROUNDS, judgeUs: judgeUs / ROUNDS };
}

console.log(heading(`CPU of one prompt, mean of ${ROUNDS}`));
console.log('\n| prompt | characters of its messages | filled in µs | decided in µs |\n|---|---|---|---|');
for (const name of Object.keys(EXAMPLES).sort()) {
  const { characters, prepareUs, judgeUs } = await measured(name);
  console.log(`| ${name} | ${characters} | ${prepareUs.toFixed(0)} | ${judgeUs.toFixed(0)} |`);
}
