// The tests of an exercise as a file that a test framework runs. They are data until here, so no model's text becomes code but the call itself
// and the value it is compared with, and both were read before.

import type { ExerciseGenerationData } from '../documents.ts';
import { bareCode, knownLanguage } from '../tutor/bare-code.ts';

type Exercise = Pick<ExerciseGenerationData, 'tests' | 'reference_solution' | 'language'>;
type Test = ExerciseGenerationData['tests'][number];

/** Null: tests are not rendered for this language. A file for unittest is run by pytest as well; one for Vitest differs in a line. */
export function renderedTests(
  exercise: Exercise,
  functionName: string,
  runner: 'jest' | 'vitest' = 'jest',
): ExerciseGenerationData['rendered_tests'] {
  switch (knownLanguage(exercise.language)) {
    case 'python':
      return { framework: 'unittest', code: unittestFile(exercise, functionName) };
    case 'javascript':
    case 'typescript':
      return { framework: 'jest', code: scriptFile(exercise, functionName, runner) };
    default:
      return null;
  }
}

/** As files are called: `max_of` and `maxOf` are both `max-of`. */
export function slugOf(functionName: string): string {
  return functionName
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1-$2')
    .split(/[-_$]+/)
    .filter((word) => word !== '')
    .join('-')
    .toLowerCase();
}

export function pythonModuleOf(functionName: string): string {
  return slugOf(functionName).replaceAll('-', '_');
}

function unittestFile(exercise: Exercise, functionName: string): string {
  const imported = importedNames(exercise, functionName, /^class\s+(\w+)/gm);
  const cases = exercise.tests.flatMap((test, at) => [
    `    def test_${numbered(test, at)}(self):`,
    ...unittestBody(test),
    '',
  ]);
  return [
    'import unittest',
    '',
    `from ${pythonModuleOf(functionName)} import (`,
    ...imported.map((name) => `    ${name},`),
    ')',
    '',
    '',
    `class ${classNameOf(functionName)}Test(unittest.TestCase):`,
    ...cases,
    '',
    'if __name__ == "__main__":',
    '    unittest.main()',
    '',
  ].join('\n');
}

function unittestBody(test: Test): string[] {
  if (test.expected_json === null)
    return [`        with self.assertRaises(${test.raises}):`, `            ${test.call}`];
  const expected = pythonLiteral(test.expected_json);
  if (/^(True|False|None)$/.test(expected)) return [`        self.assertIs(${test.call}, ${expected})`];
  const compare = isFraction(test.expected_json) ? 'assertAlmostEqual' : 'assertEqual';
  return [`        self.${compare}(${test.call}, ${expected})`];
}

function scriptFile(exercise: Exercise, functionName: string, runner: 'jest' | 'vitest'): string {
  const imported = importedNames(exercise, functionName, /^export\s+class\s+(\w+)/gm);
  return [
    `import { describe, expect, test } from '${runner === 'jest' ? '@jest/globals' : 'vitest'}';`,
    `import { ${imported.join(', ')} } from './${slugOf(functionName)}';`,
    '',
    `describe('${functionName}', () => {`,
    exercise.tests
      .map((test) => `  test(${JSON.stringify(test.name)}, () => {\n    ${scriptBody(test)}\n  });`)
      .join('\n\n'),
    '});',
    '',
  ].join('\n');
}

function scriptBody(test: Test): string {
  if (test.expected_json === null) return `expect(() => ${test.call}).toThrow(${test.raises});`;
  const compare = isFraction(test.expected_json)
    ? 'toBeCloseTo'
    : /^\s*[[{]/.test(test.expected_json)
      ? 'toEqual'
      : 'toBe';
  return `expect(${test.call}).${compare}(${scriptLiteral(test.expected_json)});`;
}

/** What the tests use of the solution's file: the function, and classes of errors that are its own. */
function importedNames(exercise: Exercise, functionName: string, classes: RegExp): string[] {
  const own = [...bareCode(exercise.reference_solution, exercise.language).matchAll(classes)].map(
    (match) => match[1] ?? '',
  );
  const raised = new Set(exercise.tests.map(({ raises }) => raises));
  return [functionName, ...own.filter((name) => raised.has(name))];
}

/** JSON has no text without an end; where a pattern fails for want of one, it is tried anew at each mark. */
const JSON_WORDS = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|true|false|null/g;
const PYTHON_WORDS: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };

/** Numbers stay as they are written: Python's are not bounded as JSON's are when they are read here. */
export function pythonLiteral(json: string): string {
  return json.replace(JSON_WORDS, (word) => PYTHON_WORDS[word] ?? plainText(word)).trim();
}

/** JSON is a part of JavaScript but for one key, which there sets what an object inherits from. */
function scriptLiteral(json: string): string {
  return json.replace(JSON_WORDS, (word, at: number) => {
    const isKey = /^\s*:/.test(json.slice(at + word.length));
    if (isKey && JSON.parse(word) === '__proto__') return '["__proto__"]';
    return word.startsWith('"') ? plainText(word) : word;
  });
}

/** Without the escapes that JSON alone has, and with none of the signs that can't be seen: both languages read it alike. */
function plainText(word: string): string {
  const text: unknown = JSON.parse(word);
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => escaped(sign));
}

function escaped(sign: string): string {
  return [...sign]
    .map((each) => {
      const point = each.codePointAt(0) ?? 0;
      const hex = point.toString(16).padStart(4, '0');
      return point > 0xffff ? each : `\\u${hex}`;
    })
    .join('');
}

function isFraction(json: string): boolean {
  return /^\s*-?\d+(?:\.\d*[1-9]|[eE]-|\.\d*[eE]-)/.test(json);
}

/** Numbered, as frameworks run tests by the order of their names, and as a name may have no letter that Python takes. */
function numbered(test: Test, at: number): string {
  const words = test.name
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
    .slice(0, 60);
  return [String(at + 1).padStart(2, '0'), words].filter((part) => part !== '').join('_');
}

function classNameOf(functionName: string): string {
  return slugOf(functionName)
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
