// One exercise. What a model writes is read for all that reading can tell; what is computed from it (tests as a file, fingerprint, size) is
// computed here and never asked for. X1, X3, X4 and X5 run code or ask another model: nothing says that the solution passes its own tests.

import type { CheckReport, Dropped } from '../../core/judge.ts';
import type {
  ExerciseGenerationData,
  ExerciseGenerationDerived,
  ExerciseGenerationVariables,
  ExerciseGenerationWritten,
} from '../documents.ts';
import { renderedTests } from '../exports/rendered-tests.ts';
import type { Asked, Decision, PromptRules, RuleFault } from '../rules.ts';
import { bareCode, knownLanguage } from './bare-code.ts';
import { unwitnessed } from './concept-witness.ts';
import {
  frameFaults,
  noveltyFaults,
  safetyFaults,
  signatureFaults,
  spoilerFaults,
  starterFaults,
} from './exercise-checks.ts';
import { exerciseSample } from './exercise-sample.ts';
import { testFaults } from './exercise-tests.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Signature, signatureOf } from './signature.ts';

type ExerciseAsked = Asked<ExerciseGenerationVariables, ExerciseGenerationDerived>;
type Written = ExerciseGenerationWritten;

export const exerciseGenerationRules: PromptRules<
  ExerciseGenerationVariables,
  ExerciseGenerationDerived,
  ExerciseGenerationWritten,
  ExerciseGenerationData
> = { unrun: ['X1', 'X3', 'X4', 'X5'], derive, decide, sample, standIn: null };

/** On Exercism's scale, where 1 to 3 is easy, 4 to 7 medium and 8 to 10 hard. */
const DIFFICULTIES = { easy: 2, medium: 5, hard: 9 } as const;

function derive({ difficulty, constraints }: ExerciseGenerationVariables): ExerciseGenerationDerived {
  const ofTen = typeof difficulty === 'number' ? difficulty : DIFFICULTIES[difficulty];
  const minutes = ofTen <= 3 ? 15 : ofTen <= 7 ? 30 : 60;
  return { difficulty_of_ten: ofTen, most_minutes: constraints?.max_minutes ?? minutes };
}

function decide(written: Written, { variables }: ExerciseAsked): Decision<ExerciseGenerationData> {
  const { language } = variables;
  const signature = signatureOf(written.function_signature, language);
  const concepts = conceptsOf(written, variables);
  const faults = [
    ...signatureFaults(written, language, signature),
    ...testFaults(written, language, signature),
    ...starterFaults(written),
    ...spoilerFaults(written),
    ...noveltyFaults(written, variables),
    ...safetyFaults(written, variables),
    ...frameFaults(written, variables),
    ...concepts.faults,
  ];
  return {
    faults,
    data: dataOf(written, variables, signature, concepts.known),
    checks: checksOf(written, variables, faults),
    dropped: concepts.dropped,
  };
}

/** Spelled as the caller spells them: they are the keys of whoever keeps count of what was practised. */
function conceptsOf({ concepts: named }: Written, { concepts: asked }: ExerciseGenerationVariables) {
  const isSame = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();
  const missing = asked.filter((each) => !named.some((name) => isSame(name, each)));
  const faults = missing.map((each): RuleFault => {
    const problem = `lacks ${JSON.stringify(each)}: each concept that was asked for is needed`;
    return { path: '/concepts', rule: 'X6', problem };
  });
  const dropped = named.flatMap((name, at): Dropped[] =>
    asked.some((each) => isSame(name, each))
      ? []
      : [{ path: `/concepts/${at}`, rule: 'X6', reason: 'it is none of the concepts that were asked for' }],
  );
  return { faults, dropped, known: asked.filter((each) => !missing.includes(each)) };
}

const READ = ['X2', 'X7', 'X8', 'X9', 'X10', 'X11'] as const;
/** These are read from code, and so in the languages alone that can be read here. */
const OF_KNOWN_LANGUAGES: ReadonlySet<string> = new Set(['X7', 'X8', 'X11']);

function checksOf(
  written: Written,
  variables: ExerciseGenerationVariables,
  faults: readonly RuleFault[],
): CheckReport[] {
  const { language, concepts, based_on: model } = variables;
  const isKnown = knownLanguage(language) !== null;
  const reports = READ.map((id): CheckReport => {
    if (faults.some(({ rule }) => rule === id)) return { id, verdict: 'failed', evidence: null };
    if (!isKnown && OF_KNOWN_LANGUAGES.has(id))
      return { id, verdict: 'skipped', evidence: 'code of this language is not read here' };
    if (id === 'X10' && model !== null)
      return { id, verdict: 'skipped', evidence: 'it is a variant of another exercise' };
    return { id, verdict: 'passed', evidence: id === 'X2' ? 'the starter is not the solution; nothing ran it' : null };
  });
  const { missing, unknown } = unwitnessed(concepts, written.reference_solution, language);
  const isFailed = missing.length > 0 || faults.some(({ rule }) => rule === 'X6');
  const isSkipped = !isKnown || unknown.length === concepts.length;
  const verdict = isFailed && isKnown ? 'failed' : isSkipped ? 'skipped' : 'passed';
  const evidence = missing.length > 0 ? `no trace in the solution of ${missing.join(', ')}` : null;
  return [...reports, { id: 'X6', verdict, evidence: isKnown ? evidence : 'code of this language is not read here' }];
}

function dataOf(
  written: Written,
  { language }: ExerciseGenerationVariables,
  signature: Signature | null,
  concepts: readonly string[],
): ExerciseGenerationData {
  const { internal: _, concepts: named, ...rest } = written;
  const isRendered = signature !== null && written.tests.every(isRenderable);
  return {
    ...rest,
    language,
    concepts: [...concepts],
    rendered_tests: isRendered ? renderedTests({ ...rest, language }, signature.name) : null,
    fingerprint: fingerprintOf(written.reference_solution),
    difficulty_estimate: { ...sizeOf(written.reference_solution, language), concepts: named.length },
  };
}

/** What is rendered becomes code: a value that is no JSON would be code of the model's. */
function isRenderable({ expected_json: expected, raises, call }: Written['tests'][number]): boolean {
  if (/[\p{Cc}\u2028\u2029]/u.test(call)) return false;
  if (expected === null) return raises !== null && /^[A-Za-z_]\w*$/.test(raises);
  try {
    JSON.parse(expected);
    return true;
  } catch {
    return false;
  }
}

const BRANCHES = /\b(?:if|elif|for|while|case|except|catch|and|or)\b|&&|\|\||(?<!\?)\?(?![.?:,)])/g;

function sizeOf(code: string, language: string): { readonly loc: number; readonly branches: number } {
  const bare = bareCode(code, language);
  const lines = bare.split('\n').filter((line) => line.trim() !== '');
  return { loc: lines.length, branches: [...bare.matchAll(BRANCHES)].length };
}

function sample(asked: ExerciseAsked): Written {
  return exerciseSample(asked, (written) => decide(written, asked).faults.length === 0);
}
