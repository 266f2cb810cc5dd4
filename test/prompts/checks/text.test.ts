// Words, questions, prose and code of a text as a reader sees them.

import { describe, expect, it } from 'vitest';
import { codeIn, gradeOf, proseOf, questionsIn, wordsIn } from '../../../src/prompts/checks/text.ts';

describe('words', () => {
  it.each([
    ['', 0],
    ['  \n ', 0],
    ['Hello, world!', 2],
    ["Don't use a well-known 3.5 default value", 7],
    ['Größe prüfen — naïve Lösung', 4],
    ['1. Zeile\n- zwei\n* drei', 4],
    ['🎉 🎉', 0],
    ['今日は', 2],
    ['你好世界', 2],
    ['สวัสดีชาวโลก', 3],
    ['한국어 단어 세 개', 4],
    ['e\u0301te\u0301 café', 2],
  ])('of %j are %i', (text, words) => expect(wordsIn(text)).toBe(words));
});

describe('questions', () => {
  it.each([
    ['What happens here?', 1],
    ['Why?! And why?? Now.', 2],
    ['这是什么？为什么？', 2],
    ['ما هذا؟', 1],
    ['Is it "done?" Yes.', 1],
    ['Use `x ? y : z` here.', 0],
    ['```\nconst a = b ? c : d;\n```\nSee?', 1],
    ['Read https://example.org/?page=2 first.', 0],
    ['Call input("Your name?") first.', 0],
    ['Why `x`? Because.', 1],
    ['**Really?**', 1],
    ['(Which one?)', 1],
  ])('in %j are %i', (text, questions) => expect(questionsIn(text)).toBe(questions));
});

describe('prose and code', () => {
  it.each([
    ['Use `len(x)` here', 'Use   here', ['len(x)']],
    ['a\n```py\nx = 1\n```\nb', 'a\n\nb', ['x = 1']],
    ['a\n~~~\n```\nx\n~~~\nb', 'a\n\nb', ['```\nx']],
    ['- look:\n  ```\n  x\n  ```\n- next', '- look:\n\n- next', ['x']],
    ['> ```\n> x\n> ```\n> said', '> said', ['x']],
    ['`` a ` b `` and \\`c\\`', 'and \\`c\\`', [' a ` b ']],
    ['unclosed ` here', 'unclosed ` here', []],
    ['q7f3xy·0012│ def f():', 'def f():', []],
    ['```\nnever closed', '', ['never closed']],
    ['a\r\n```\r\nx\r\ny\r\n```\r\n', 'a', ['x\ny']],
  ])('of %j', (text, prose, code) => {
    expect({ prose: proseOf(text), code: codeIn(text) }).toEqual({ prose, code });
  });
});

describe('the grade of a text', () => {
  const simple =
    'The cat sat on the mat. It saw a dog. The dog ran to the cat. They had fun all day. Then they ate some food. The sun went down and they slept.';
  const hard =
    'Notwithstanding considerable methodological heterogeneity, contemporary investigations consistently demonstrate that metacognitive ' +
    'instructional interventions substantially facilitate the acquisition of transferable computational problem-solving competencies among ' +
    'undergraduate populations, particularly when accompanied by individualised formative evaluation.';

  it('is that of Flesch and Kincaid: low for short words in short sentences, high for long ones', () => {
    expect(gradeOf(simple)).toBeLessThan(3);
    expect(gradeOf(hard)).toBeGreaterThan(16);
  });

  it('does not look at code, and is not told of a short text', () => {
    expect(gradeOf(`${simple}\n\`\`\`\nincomprehensibilities(internationalisation)\n\`\`\``)).toBe(gradeOf(simple));
    expect(gradeOf('Look at the loop once more.')).toBeNull();
    expect(gradeOf('循环提前一个元素就结束了。'.repeat(20))).toBeNull();
  });
});
