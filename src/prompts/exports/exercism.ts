// An exercise as a folder in Exercism's layout: what their tools and tracks read. The tests stand there as data as well, since a language that
// they are not rendered for has nothing else.

import type { ExerciseGenerationData } from '../documents.ts';
import { knownLanguage } from '../tutor/bare-code.ts';
import { signatureOf } from '../tutor/signature.ts';
import { pythonModuleOf, slugOf } from './rendered-tests.ts';

interface Layout {
  readonly solution: string;
  readonly test: string | null;
  readonly example: string;
}

/** Text by path, relative to the exercise's folder. */
export function exercismFiles(exercise: ExerciseGenerationData): ReadonlyMap<string, string> {
  const name = signatureOf(exercise.function_signature, exercise.language)?.name ?? 'exercise';
  const layout = layoutFor(exercise.language, name);
  const files = new Map([
    ['.docs/instructions.md', `# Instructions\n\n${exercise.statement_md.trim()}\n`],
    [
      '.docs/hints.md',
      `# Hints\n\n${exercise.hints.map(({ text }) => `- ${text.trim().replace(/\n+/g, ' ')}`).join('\n')}\n`,
    ],
    ['.meta/config.json', `${JSON.stringify(configOf(exercise, layout), null, 2)}\n`],
    ['.meta/tests.json', `${JSON.stringify(exercise.tests, null, 2)}\n`],
    [layout.example, ended(exercise.reference_solution)],
    [layout.solution, ended(exercise.starter_code)],
  ]);
  if (layout.test !== null && exercise.rendered_tests !== null) files.set(layout.test, exercise.rendered_tests.code);
  return files;
}

function layoutFor(language: string, name: string): Layout {
  const slug = slugOf(name);
  const module = pythonModuleOf(name);
  switch (knownLanguage(language)) {
    case 'python':
      return { solution: `${module}.py`, test: `${module}_test.py`, example: '.meta/example.py' };
    case 'javascript':
      return { solution: `${slug}.js`, test: `${slug}.spec.js`, example: '.meta/proof.ci.js' };
    case 'typescript':
      return { solution: `${slug}.ts`, test: `${slug}.test.ts`, example: '.meta/proof.ci.ts' };
    default:
      return { solution: `${slug}.txt`, test: null, example: '.meta/example.txt' };
  }
}

function configOf(exercise: ExerciseGenerationData, layout: Layout) {
  return {
    authors: [],
    files: {
      solution: [layout.solution],
      test: layout.test === null ? ['.meta/tests.json'] : [layout.test],
      example: [layout.example],
    },
    blurb: exercise.title,
  };
}

function ended(code: string): string {
  return code.endsWith('\n') ? code : `${code}\n`;
}
