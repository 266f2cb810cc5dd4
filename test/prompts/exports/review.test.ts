// A review in the formats that backends know. The shapes are those that are published for them, written down strictly: whatever is not
// named in them is a fault here, though their readers would pass it over.

import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json, type JsonObject } from '../../../src/core/json.ts';
import { schemaCheck } from '../../../src/core/schema-check.ts';
import type { CodeReviewData } from '../../../src/prompts/documents.ts';
import { toGithubReview } from '../../../src/prompts/exports/github.ts';
import { toRdjson } from '../../../src/prompts/exports/reviewdog.ts';
import { toSarif } from '../../../src/prompts/exports/sarif.ts';
import { camelData } from '../../../src/prompts/names.ts';
import { PromptAtHand } from '../tutor/prompt-at-hand.ts';

const COMMENT: CodeReviewData['comments'][number] = {
  path: 'src/average number.py',
  start_line: 4,
  end_line: 5,
  quote: '    total = sum(numbers)\n    return total / len(numbers)',
  category: 'correctness',
  kind: 'essential',
  severity: 'error',
  title: 'An empty list',
  explanation: 'With `[]` this divides by zero, @team.',
  question: 'What is `len([])`?',
  suggestion: { replacement: '    return sum(numbers) / max(1, len(numbers))' },
  rule_id: 'division-by-zero',
  concept_id: 'edge-cases',
  confidence: 'high',
  verified: false,
};
const ON_FILE = {
  ...COMMENT,
  start_line: null,
  end_line: null,
  quote: null,
  severity: 'info',
  title: 'Tests',
  explanation: 'The `@dataclass` has none.',
  question: null,
  suggestion: null,
  rule_id: null,
} as const;
const ONE_LINE = { ...COMMENT, start_line: 2, end_line: 2, severity: 'warning', suggestion: null } as const;
const REVIEW: CodeReviewData = {
  comments: [COMMENT, ON_FILE, ONE_LINE],
  strengths: ['Short functions.'],
  next_steps: ['Try the empty list.'],
  summary: 'Nearly there.',
  tests: null,
  teacher_notes: [{ kind: 'injection_suspected', path: 'a.py', line: 1, note: 'for the teacher' }],
};

type Shape = Readonly<Record<string, JsonObject>>;
const object = (properties: Shape, required = Object.keys(properties)): JsonObject => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const listOf = (items: JsonObject): JsonObject => ({ type: 'array', items });
const string = { type: 'string' };
const line = { type: 'integer', minimum: 1 };
const only = (...values: string[]): JsonObject => ({ enum: values });

/** reviewdog's proto/rdf: DiagnosticResult. */
const range = object({ start: object({ line }), end: object({ line }) });
const RDJSON = object({
  source: object({ name: string }),
  diagnostics: listOf(
    object(
      {
        message: string,
        location: object({ path: string, range }, ['path']),
        severity: only('ERROR', 'WARNING', 'INFO'),
        code: object({ value: string }),
        suggestions: listOf(object({ range, text: string })),
        original_output: string,
      },
      ['message', 'location', 'severity', 'original_output'],
    ),
  ),
});
/** GitHub's REST API: pulls/create-review. */
const GITHUB = object({
  event: only('COMMENT'),
  body: string,
  comments: listOf(
    object({ path: string, body: string, line, side: only('RIGHT'), start_line: line, start_side: only('RIGHT') }, [
      'path',
      'body',
      'line',
      'side',
    ]),
  ),
});
/** OASIS SARIF 2.1.0: sarifLog. */
const region = object({ startLine: line, endLine: line });
const text = object({ text: string });
const SARIF = object({
  $schema: string,
  version: only('2.1.0'),
  runs: listOf(
    object({
      tool: object({ driver: object({ name: string, version: string, rules: listOf(object({ id: string })) }) }),
      results: listOf(
        object(
          {
            ruleId: string,
            ruleIndex: { type: 'integer', minimum: 0 },
            level: only('error', 'warning', 'note'),
            message: text,
            locations: listOf(
              object({
                physicalLocation: object({ artifactLocation: object({ uri: string }), region }, ['artifactLocation']),
              }),
            ),
            fixes: listOf(
              object({
                artifactChanges: listOf(
                  object({
                    artifactLocation: object({ uri: string }),
                    replacements: listOf(object({ deletedRegion: region, insertedContent: text })),
                  }),
                ),
              }),
            ),
            properties: { type: 'object' },
          },
          ['ruleId', 'ruleIndex', 'level', 'message', 'locations', 'properties'],
        ),
      ),
    }),
  ),
});

function faultsOf(value: unknown, schema: JsonObject): unknown {
  const json: Json = JSON.parse(JSON.stringify(value));
  return schemaCheck(schema).faultsIn(json);
}

describe('a review in another format', () => {
  it.each([
    ['rdjson', toRdjson(REVIEW), RDJSON],
    ["GitHub's", toGithubReview(REVIEW), GITHUB],
    ['SARIF', toSarif(REVIEW), SARIF],
  ] as const)('keeps to the shape of %s, and holds nothing that is for the teacher', (_, exported, schema) => {
    expect(faultsOf(exported, schema)).toEqual([]);
    expect(JSON.stringify(exported)).not.toContain('for the teacher');
  });

  it("is the same under the wire's names and the library's", () => {
    const { schema } = new PromptAtHand<JsonObject, JsonObject, JsonObject>('code_review').data;
    const camel: Parameters<typeof toRdjson>[0] = JSON.parse(JSON.stringify(camelData(schema, REVIEW)));
    expect(camel).toHaveProperty('nextSteps');
    for (const exported of [toRdjson, toGithubReview, toSarif]) expect(exported(camel)).toEqual(exported(REVIEW));
  });
});

describe('rdjson', () => {
  it('has whole lines, the suggestion at them, and each comment whole', () => {
    const { diagnostics } = toRdjson(REVIEW);
    expect(diagnostics).toMatchObject([
      {
        severity: 'ERROR',
        location: { path: 'src/average number.py', range: { start: { line: 4 }, end: { line: 5 } } },
        code: { value: 'division-by-zero' },
        suggestions: [{ text: '    return sum(numbers) / max(1, len(numbers))' }],
        original_output: canonicalJson(COMMENT),
      },
      { severity: 'INFO', location: { path: 'src/average number.py' } },
      { severity: 'WARNING' },
    ]);
  });
});

describe("GitHub's review", () => {
  it('has each comment at its last line, and what is about a file in the body', () => {
    const { comments, body } = toGithubReview(REVIEW);
    expect(comments).toMatchObject([{ line: 5, start_line: 4, side: 'RIGHT', start_side: 'RIGHT' }, { line: 2 }]);
    expect(comments[1]).not.toHaveProperty('start_line');
    expect(comments[0]?.body).toContain('```suggestion\n    return sum(numbers) / max(1, len(numbers))\n```');
    expect(body).toContain('`src/average number.py`: **Tests**');
    expect(body).toMatch(/^Nearly there\.\n\n\*\*What is good\*\*\n\n- Short functions\./);
  });

  it('has what lies outside of the diff in the body, since GitHub would refuse it all', () => {
    const { comments, body } = toGithubReview(REVIEW, { isInDiff: (_, at) => at !== 4 });
    expect(comments.map((comment) => comment.line)).toEqual([2]);
    expect(body).toContain('`src/average number.py:4-5`: **An empty list**');
  });

  it('calls nobody, and leaves code as it is', () => {
    const { comments, body } = toGithubReview(REVIEW);
    expect(comments[0]?.body).toContain('@&#8203;team');
    expect(body).toContain('`@dataclass`');
    const bodyWith = (explanation: string) =>
      toGithubReview({ ...REVIEW, comments: [{ ...ONE_LINE, explanation }] }).comments[0]?.body;
    expect(bodyWith('`` @one ` `` and ```@three``` @four')).toContain('`` @one ` `` and ```@three``` @&#8203;four');
    expect(bodyWith('Use:\n\n```python\n@property\ndef x(self): ...\n```\n@team')).toContain(
      '```python\n@property\ndef x(self): ...\n```\n@&#8203;team',
    );
    // Where what is code cannot be told for sure, nothing is taken for it.
    expect(bodyWith('`` @one ` and \\`@two`')).toContain('`` @&#8203;one ` and \\`@&#8203;two`');
    expect(bodyWith('Mind the ` here,\nask ` @org/team ` about it.')).toContain('` @&#8203;org/team `');
    expect(bodyWith('- item\n  ~~~\n@org/team\n  ~~~')).toContain('\n@&#8203;org/team\n');
  });

  it('has no suggestion but those that were checked as one, nor has any other format', () => {
    const fences = [
      '```suggestion',
      '~~~ Suggestion',
      '- ````suggestion x',
      '> ```suggest&#105;on',
      '1. > ~~~suggestion:-0+1',
    ];
    for (const fence of fences) {
      const review = { ...REVIEW, comments: [{ ...ONE_LINE, explanation: `Use:\n\n${fence}\nx\n\`\`\`` }] };
      const said = [toGithubReview(review), toGithubReview(review, { isInDiff: () => false }), toSarif(review)].map(
        (each) => JSON.stringify(each),
      );
      const { diagnostics } = toRdjson(review);
      said.push(JSON.stringify({ diagnostics }, ['diagnostics', 'message']));
      for (const each of said) expect(each).not.toMatch(/(?:`|~)+ ?sugg/i);
      const summary = toGithubReview({ ...REVIEW, comments: [], summary: `Use:\n${fence}\nx\n\`\`\`` }).body;
      expect(summary).not.toMatch(/(?:`|~)+ ?sugg/i);
    }
    const kept = { ...ONE_LINE, explanation: 'Use:\n```c++ x\nsuggestion\n```\n```suggestion``` is a word' };
    expect(toGithubReview({ ...REVIEW, comments: [kept] }).comments[0]?.body).toContain(kept.explanation);
  });

  it('has a fence around a suggestion that no backticks within it end', () => {
    const fenced = { ...COMMENT, suggestion: { replacement: 'x = """\n```\n"""' } };
    expect(toGithubReview({ ...REVIEW, comments: [fenced] }).comments[0]?.body).toContain(
      '````suggestion\nx = """\n```\n"""\n````',
    );
  });
});

describe('SARIF', () => {
  it('has levels, regions, fixes and addresses of its own', () => {
    const [result] = JSON.parse(JSON.stringify(toSarif(REVIEW))).runs[0].results;
    expect(result).toMatchObject({
      ruleId: 'division-by-zero',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'src/average%20number.py' },
            region: { startLine: 4, endLine: 5 },
          },
        },
      ],
      fixes: [{ artifactChanges: [{ replacements: [{ deletedRegion: { startLine: 4, endLine: 5 } }] }] }],
    });
  });
});
