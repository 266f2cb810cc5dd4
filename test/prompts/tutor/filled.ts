// A prompt of the package as the engine hands it to its rules, and what they make of an answer.

import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Judge } from '../../../src/core/judge.ts';
import { schemaCheck } from '../../../src/core/schema-check.ts';
import { createJudge } from '../../../src/prompts/judge.ts';
import { BUNDLED } from '../../../src/prompts/library.ts';
import type { AnyRules, Decision } from '../../../src/prompts/rules.ts';
import { type FilledPrompt, PromptTemplate } from '../../../src/prompts/template.ts';
import { FILE_END, readTemplateFile } from '../../../src/prompts/template-file.ts';
import { tutorRules } from '../../../src/prompts/tutor-rules.ts';

type Name = keyof typeof tutorRules;

export class PromptUnderTest {
  readonly rules: AnyRules;
  readonly template: PromptTemplate;

  constructor(name: Name) {
    this.rules = tutorRules[name];
    const { file, faults } = readTemplateFile(
      readFileSync(`${BUNDLED}/${name}${FILE_END}`, 'utf8'),
      `${name}${FILE_END}`,
    );
    if (file === null) throw new Error(JSON.stringify(faults));
    const read = PromptTemplate.from(file, this.rules);
    if (read.template === null) throw new Error(JSON.stringify(read.faults));
    this.template = read.template;
  }

  /** The variables are checked, as a caller's are. */
  filled(variables: JsonObject): FilledPrompt {
    return this.template.filled(variables, 'a secret of the tests');
  }

  /** Throws for an answer that the schema would have kept from the rules. */
  decided(variables: JsonObject, written: JsonObject): Decision<JsonObject> {
    const wrong = this.faultsOf('output', written);
    if (wrong.length > 0) throw new Error(`The answer of the test does not keep to the schema: ${wrong.join('; ')}`);
    return this.rules.decide(written, this.filled(variables).asked);
  }

  /** Of one request, with all that holds for every prompt. */
  judgeOf(variables: JsonObject): Judge {
    const { asked, secrets, rendered } = this.filled(variables);
    const { file, rules } = this.template;
    return createJudge({ template: file, rules, asked, secrets, systemText: rendered.systemPrompt });
  }

  faultsOf(side: 'output' | 'data', document: JsonObject): readonly string[] {
    const faults = schemaCheck(this.template.file[side]).faultsIn(document);
    return faults === null ? ['cannot be checked'] : faults.map(({ path, problem }) => `${path} ${problem}`);
  }
}

/** As they are read in a failed test: `H2 /hint: …`. */
export function told({ faults }: Decision<JsonObject>): string[] {
  return faults.map(({ path, rule, problem }) => `${rule} ${path}: ${problem}`);
}
