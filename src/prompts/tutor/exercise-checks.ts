// X2, X8, X9, X10 and X11 as far as reading tells them: whether the parts of an exercise agree, give nothing away, reach for nothing and are
// none that the student has had. Whether the solution passes its tests is for a runner to say.

import { codeTokensOf } from '../checks/code-tokens.ts';
import { MOST_SOLUTION_SHARE, solutionShare } from '../checks/overlap.ts';
import type { ExerciseGenerationVariables, ExerciseGenerationWritten } from '../documents.ts';
import type { RuleFault } from '../rules.ts';
import { bareCode, knownLanguage } from './bare-code.ts';
import { takes } from './exercise-tests.ts';
import { fingerprintOf, likeness } from './fingerprint.ts';
import { reachedIn } from './safety.ts';
import { functionsIn, type Signature } from './signature.ts';
import { placesOf } from './whole-names.ts';

type Exercise = ExerciseGenerationWritten;

/** At and above it two exercises ask for the same program. Of the solutions of 29 exercises no two of one language are above 0.5. */
export const MOST_LIKENESS = 0.7;

/** X8. `signature` null: the line could not be read, in a language that can be. */
export function signatureFaults(written: Exercise, language: string, signature: Signature | null): RuleFault[] {
  if (knownLanguage(language) === null) return [];
  if (signature === null) {
    const problem = `is ${JSON.stringify(written.function_signature)}, and no function's first line in ${language}`;
    return [{ path: '/function_signature', rule: 'X8', problem }];
  }
  const { name } = signature;
  const faults = (['starter_code', 'reference_solution'] as const).flatMap((part) =>
    definitionFaults(written[part], part, language, signature),
  );
  if (placesOf(name, written.statement_md).length === 0)
    faults.push({ path: '/statement_md', rule: 'X8', problem: `does not say that the function is called ${name}` });
  return faults;
}

function definitionFaults(code: string, part: string, language: string, signature: Signature): RuleFault[] {
  const tell = (problem: string) => [{ path: `/${part}`, rule: 'X8', problem }];
  const { name } = signature;
  const own = functionsIn(code, language).find((each) => each.name === name);
  if (own === undefined) return tell(`defines no function ${name} at its margin`);
  if (own.least !== signature.least || own.most !== signature.most)
    return tell(`has a ${name} that takes ${takes(own)} arguments; by function_signature it takes ${takes(signature)}`);
  if (knownLanguage(language) === 'python') return [];
  const isExported = bareCode(code, language)
    .split('\n')
    .some((line) => placesOf(name, line.slice(placesOf('export', line)[0] ?? line.length)).length > 0);
  return isExported ? [] : tell(`does not export ${name}, so no test can import it`);
}

/** X2, by text alone. */
export function starterFaults({ starter_code: starter, reference_solution: solution }: Exercise): RuleFault[] {
  if (wordsOf(starter) !== wordsOf(solution)) return [];
  return [{ path: '/starter_code', rule: 'X2', problem: 'is the reference solution' }];
}

function wordsOf(code: string): string {
  return codeTokensOf(code, { isCode: true })
    .map(({ text }) => text)
    .join(' ');
}

/** X9. The starter is code itself and may share a line or two with the solution, a third of it not. */
export function spoilerFaults(written: Exercise): RuleFault[] {
  const {
    reference_solution: solution,
    starter_code: starter,
    function_signature: signature,
    statement_md: statement,
  } = written;
  const calls = written.tests.map(({ call }) => call).join('\n');
  const inProse = { solution, student: `${signature}\n${calls}`, starter };
  const faults: RuleFault[] = [];
  const tell = (path: string, share: number) =>
    faults.push({
      path,
      rule: 'X9',
      problem: `shows ${Math.ceil(share * 100)} % of what stands in the solution alone`,
    });
  const said = solutionShare(statement, { ...inProse, statement: '' });
  if (said > 0) tell('/statement_md', said);
  const begun = solutionShare(starter, { solution, student: signature, starter: '', statement });
  if (begun >= MOST_SOLUTION_SHARE) tell('/starter_code', begun);
  for (const [at, { level, text }] of written.hints.entries()) {
    const shown = solutionShare(text, { ...inProse, statement });
    if (shown > 0 && (level < 3 || shown >= MOST_SOLUTION_SHARE)) tell(`/hints/${at}/text`, shown);
  }
  return faults;
}

/** X10. A variant of another exercise is like it by design. */
export function noveltyFaults(written: Exercise, { avoid, based_on: model }: ExerciseGenerationVariables): RuleFault[] {
  if (model !== null) return [];
  const own = fingerprintOf(written.reference_solution);
  const most = avoid.reduce((highest, each) => Math.max(highest, likeness(own, each)), 0);
  if (most < MOST_LIKENESS) return [];
  const problem = `is ${Math.round(most * 100)} % the same program as one the student has had; ask for another one, not for the same in other words`;
  return [{ path: '/reference_solution', rule: 'X10', problem }];
}

/** X11. */
export function safetyFaults(written: Exercise, variables: ExerciseGenerationVariables): RuleFault[] {
  const { constraints, language } = variables;
  const asked = { reach: constraints?.reach ?? [], allowed: constraints?.allowed_imports ?? null };
  const parts = [
    ['/reference_solution', written.reference_solution],
    ['/starter_code', written.starter_code],
    ...written.tests.map(({ call }, at) => [`/tests/${at}/call`, call] as const),
  ] as const;
  return parts.flatMap(([path, code]) =>
    (reachedIn(code, language, asked) ?? []).map(({ what, reach }) => {
      const why = reach === 'import' ? 'which is not among the imports that are allowed' : `which reaches for ${reach}`;
      return { path, rule: 'X11', problem: `uses ${what}, ${why}` };
    }),
  );
}

/** What was asked for beside the program: the time, the hints in their order. */
export function frameFaults(written: Exercise, { constraints }: ExerciseGenerationVariables): RuleFault[] {
  const faults: RuleFault[] = [];
  const most = constraints?.max_minutes ?? null;
  if (most !== null && written.estimated_minutes > most)
    faults.push({
      path: '/estimated_minutes',
      rule: 'X8',
      problem: `is ${written.estimated_minutes}, at most ${most} were asked for`,
    });
  const levels = written.hints.map(({ level }) => level).join(', ');
  if (levels !== '1, 2, 3')
    faults.push({ path: '/hints', rule: 'X8', problem: `has the levels ${levels}; wanted are 1, 2, 3` });
  return faults;
}
