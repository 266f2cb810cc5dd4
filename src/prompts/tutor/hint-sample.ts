// What is said in the place of a hint where there is no vendor to ask: plainly a sample, and still one that a hint's rules accept.

import type { HintGenerationDerived, HintGenerationVariables, HintGenerationWritten } from '../documents.ts';
import type { Asked } from '../rules.ts';

const LABEL = 'Offline sample: no language model wrote this hint.';
const TEXTS: readonly string[] = [
  'Take the first test that fails and follow its values through your code by hand. Where is the first value that surprises you?',
  'A program does just what its lines say, in their order. Write down what each name holds before and after a step, and compare it with what the task wants at that point.',
  'Take one case that works and one that does not. Find the first step at which the two part ways: that step is the one to think about next.',
  'Change one thing, the one that you are least sure of. Run the tests again, and read the first message before you change another.',
];

export function hintSample(
  { variables, derived }: Asked<HintGenerationVariables, HintGenerationDerived>,
  isAccepted: (written: HintGenerationWritten) => boolean,
): HintGenerationWritten {
  const full = written(`${LABEL} ${TEXTS[derived.level - 1] ?? ''}`.trim());
  // Said before, it would be refused as every hint is: then it is as short as the label, with a number that no earlier hint can have had.
  return isAccepted(full) ? full : written(LABEL.replace(':', ` ${numberOf(variables.previous_hints)}:`));
}

function written(hint: string): HintGenerationWritten {
  return { internal: { diagnosis: LABEL, target_quote: null }, hint, question: null, concept_ids: [] };
}

function numberOf(texts: readonly string[]): number {
  let number = 7;
  for (const sign of texts.join('\n')) number = (Math.imul(number, 31) + (sign.codePointAt(0) ?? 0)) >>> 0;
  return number;
}
