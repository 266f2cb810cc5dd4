// What the user says in a chat, line by line: typed at a prompt, or piped in.

import { createInterface } from 'node:readline/promises';
import { dim, toPeople } from './terminal.ts';

const PROMPT = '> ';

/** All lines of standard input, the last one also without its newline. */
export function pipedLines(): AsyncIterable<string> {
  return createInterface({ input: process.stdin });
}

/** Ends with Ctrl-D, or with Ctrl-C twice. The terminal is free between two lines: Ctrl-C is then the answer's. */
export async function* typedLines(): AsyncGenerator<string, void, undefined> {
  let history: string[] = [];
  let isWarned = false;
  for (;;) {
    const typed = await ask(history);
    if (typed === 'end' || (typed === 'interrupt' && isWarned)) return;
    isWarned = typed === 'interrupt';
    if (isWarned) toPeople(dim('Ctrl-C again leaves.\n'));
    if (typeof typed === 'string') continue;
    history = typed.history;
    yield typed.line;
  }
}

type Typed = { readonly line: string; readonly history: string[] } | 'interrupt' | 'end';

function ask(history: string[]): Promise<Typed> {
  return new Promise((resolve) => {
    const prompt = createInterface({ input: process.stdin, output: process.stdout, history, prompt: PROMPT });
    const lines: string[] = [];
    let known = history;
    const end = (typed: Typed) => {
      resolve(typed);
      prompt.close();
    };
    prompt.on('history', (kept) => {
      known = [...kept];
    });
    prompt.on('line', (line) => {
      lines.push(line);
      // Lines that were pasted come in one go and are one message, the last one also without its newline.
      if (lines.length === 1) {
        setImmediate(() => {
          if (prompt.line !== '') process.stdout.write('\n');
          end({ line: [...lines, prompt.line].join('\n'), history: known });
        });
      }
    });
    prompt.on('SIGINT', () => {
      process.stdout.write('\n');
      end('interrupt');
    });
    prompt.on('close', () => resolve('end'));
    prompt.prompt();
  });
}
