// An answer as it is made, for a person or a pipe: its text to standard output, a footer about it where a person reads.

import type { ShownEvent, Summary } from './native.ts';
import { clearLine, dim, footer, printable, toOutput, toPeople } from './terminal.ts';

/**
 * Shows the answer and ends with a newline; `onText` gets each piece as the model wrote it. What breaks the answer is thrown
 * after what was shown of it.
 */
export async function show(
  events: AsyncIterable<ShownEvent>,
  onText: (text: string) => void = () => {},
): Promise<void> {
  let lastCharacter = '\n';
  let thinking = false;
  let summary: Summary | null = null;
  const endThinking = () => {
    if (thinking) clearLine();
    thinking = false;
  };
  try {
    for await (const event of events) {
      if (event.type === 'response-end') summary = event;
      else if (event.type === 'text-delta') {
        endThinking();
        onText(event.text);
        toOutput(printable(event.text));
        lastCharacter = event.text.at(-1) ?? lastCharacter;
      } else if (process.stderr.isTTY && !thinking) {
        thinking = true;
        toPeople(dim('thinking …'));
      }
    }
  } finally {
    endThinking();
    if (lastCharacter !== '\n') toOutput('\n');
  }
  if (summary !== null && process.stderr.isTTY) toPeople(footer(summary));
}
