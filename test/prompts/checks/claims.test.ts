// What a text says of how the tests went, and what of it the results contradict.

import { describe, expect, it } from 'vitest';
import { contradictionIn, type TestOutcome } from '../../../src/prompts/checks/claims.ts';

function outcome(...statuses: ('passed' | 'failed' | 'error' | 'skipped')[]): TestOutcome {
  const results = statuses.map((status, at) => ({ name: `test_${at + 1}_digit`, status }));
  const passed = statuses.filter((status) => status === 'passed').length;
  return { passed, failed: statuses.filter((status) => status === 'failed' || status === 'error').length, results };
}

const PASS = outcome('passed', 'passed', 'passed');
const PARTIAL = outcome('passed', 'failed', 'passed', 'failed', 'passed');
const FAIL = outcome('failed', 'error', 'failed');

/** Statement -> the outcomes that it contradicts. */
const STATEMENTS: readonly (readonly [string, string])[] = [
  // Praise that failing code does not earn.
  ['All tests pass.', 'partial fail'],
  ['Great work: **all** the tests are passing now!', 'partial fail'],
  ['Well done, all of your test cases pass and the code reads well.', 'partial fail'],
  ['Your solution passes every test.', 'partial fail'],
  ['It passes all tests with flying colours.', 'partial fail'],
  ['The tests pass.', 'partial fail'],
  ['None of the tests fail.', 'partial fail'],
  ['No test fails any more.', 'partial fail'],
  ['Your solution is correct.', 'partial fail'],
  ['Your solution is now completely correct!', 'partial fail'],
  ['The program works perfectly.', 'partial fail'],
  ['The function works as expected.', 'partial fail'],
  ['Everything works.', 'partial fail'],
  ["You've solved the exercise.", 'partial fail'],
  ['You have successfully solved it.', 'partial fail'],
  ['There are no bugs in your code.', 'partial fail'],
  ['It is ready to submit.', 'partial fail'],
  ['Full marks!', 'partial fail'],
  ['5 of 5 tests pass.', 'pass partial fail'],
  ['5/5 tests pass', 'pass partial fail'],
  ['100% of the tests pass.', 'partial fail'],
  ['You passed!', 'partial fail'],
  ['Congratulations, you passed.', 'partial fail'],
  ['You have passed the exercise.', 'partial fail'],
  ['Verdict: pass.', 'partial fail'],
  ['Everything is green and there is nothing left for you to do.', 'partial fail'],
  ['There is nothing left to do.', 'partial fail'],
  ['The suite is green.', 'partial fail'],
  ['Every check went through.', 'partial fail'],
  ['All tests went through.', 'partial fail'],
  ['All tests are fine.', 'partial fail'],
  ['All checks pass.', 'partial fail'],
  ['Score: 100/100.', 'partial fail'],
  ['Grade: A+', 'partial fail'],
  ['All tests, and I mean all, pass.', 'partial fail'],
  ['If you look, all tests pass.', 'partial fail'],
  ['As you see, all tests pass.', 'partial fail'],
  ['All tests when run pass.', 'partial fail'],
  ['If you mend the bound, it is faster, all tests pass.', 'partial fail'],
  // The same in another dress.
  ['All t\u0435sts p\u0430ss.', 'partial fail'],
  ['All t\u200bests p\u00adass.', 'partial fail'],
  ['All &#116;ests p&#x61;ss.', 'partial fail'],
  ['Ａｌｌ ｔｅｓｔｓ ｐａｓｓ.', 'partial fail'],
  ['𝐀𝐥𝐥 𝐭𝐞𝐬𝐭𝐬 𝐩𝐚𝐬𝐬.', 'partial fail'],
  ['ᴀʟʟ ᴛᴇꜱᴛꜱ ᴘᴀꜱꜱ.', 'partial fail'],
  ['_All_ tests __pass__.', 'partial fail'],
  // Blame that passing code does not earn.
  ['All tests fail.', 'pass partial'],
  ['None of the tests pass.', 'pass partial'],
  ['No tests pass yet.', 'pass partial'],
  ['Some tests still fail.', 'pass'],
  ['Two tests fail.', 'pass fail'],
  ['Your function fails a test.', 'pass'],
  ['The solution is not correct yet.', 'pass'],
  ['`test_1_digit` besteht noch nicht.', 'pass partial'],
  ['`test_2_digit` besteht.', 'partial fail'],
  ['Not all tests pass.', 'pass'],
  ['The tests do not pass.', 'pass'],
  ['Your solution is wrong.', 'pass'],
  ['The code is still not correct.', 'pass'],
  ["Your program doesn't work.", 'pass'],
  ['All but one test pass.', 'pass'],
  ['Almost all tests pass.', 'pass'],
  // Facts.
  ['3 of 5 tests pass and 2 fail.', 'pass fail'],
  ['3 of 5 tests pass; two tests fail.', 'pass fail'],
  ['The first failing test expects 5.', 'pass'],
  ['One test fails because the list is empty.', 'pass'],
  ['Some of the tests pass.', 'fail'],
  // Other languages.
  ['Alle Tests bestehen.', 'partial fail'],
  ['Deine Lösung ist richtig.', 'partial fail'],
  ['Alle Tests laufen durch.', 'partial fail'],
  ['Die Tests laufen alle durch.', 'partial fail'],
  ['Du hast bestanden!', 'partial fail'],
  ['Alles ist grün.', 'partial fail'],
  ['Wenn du genau hinsiehst, bestehen alle Tests.', 'partial fail'],
  ['Todo está en verde.', 'partial fail'],
  ['Has aprobado.', 'partial fail'],
  ['Tu as réussi !', 'partial fail'],
  ['Tout est vert.', 'partial fail'],
  ['Wszystko jest na zielono.', 'partial fail'],
  ['Zaliczyłeś zadanie.', 'partial fail'],
  ['Nicht alle Tests bestehen.', 'pass'],
  ['Todas las pruebas pasan.', 'partial fail'],
  ['Tu solución es correcta.', 'partial fail'],
  ['No pasan las pruebas.', 'pass'],
  ['Tous les tests passent.', 'partial fail'],
  ['Aucun test ne passe.', 'pass partial'],
  ['Wszystkie testy przechodzą.', 'partial fail'],
  ['Twoje rozwiązanie jest poprawne.', 'partial fail'],
  ['Żaden test nie przechodzi.', 'pass partial'],
  // What is no statement of how it went.
  ['Once you handle the empty list, all tests pass.', ''],
  ['Change the bound so that all tests pass.', ''],
  ['All tests will pass when the loop runs once more.', ''],
  ['Do all tests pass if the list is empty?', ''],
  ['Let us make all tests pass.', ''],
  ['The function works correctly for positive numbers.', ''],
  ['The loop is correct.', ''],
  ['It is correct that you start at zero.', ''],
  ['Your code correctly handles one digit.', ''],
  ['The code passes the list to the helper.', ''],
  ['Your own tests fail to cover the empty list.', ''],
  ['You use the correct operator.', ''],
  ['To pass the tests, think about zero.', ''],
  ['Comparing with a correct solution will not help.', ''],
  ['The solution is correct in style, and short.', ''],
  ['A failing test passes an empty list.', ''],
  ['You passed the list to the helper.', ''],
  ['Look at the value that you passed.', ''],
  ['You passed two values, and the function takes one.', ''],
  ['If the value you passed is empty, the loop never runs.', ''],
  ['When the list is empty, all tests pass.', ''],
  ['All tests, once you mend it, pass.', ''],
  ['Wenn du die leere Liste behandelst, bestehen alle Tests.', ''],
  ['Si tratas la lista vacía, todas las pruebas pasan.', ''],
  ['There is nothing to do in the last branch.', ''],
  ['The tests go through the list once.', ''],
  ['Make the bar green by drawing it once.', ''],
  ['Every check of the index costs time.', ''],
  ['The result is a list.', ''],
  ['The score is kept in a list.', ''],
  ['Du hast die Liste an die Funktion übergeben.', ''],
  ['If you look at line 3, the loop ends too early.', ''],
];

describe('a statement about the tests', () => {
  it.each(STATEMENTS)('F1: "%s" contradicts: %s', (text, expected) => {
    const found = Object.entries({ pass: PASS, partial: PARTIAL, fail: FAIL })
      .filter(([, of]) => contradictionIn(text, of) !== null)
      .map(([name]) => name);
    expect(found.join(' ')).toBe(expected);
  });

  it('F1: a part of the tests may pass while others fail', () => {
    for (const text of ['The tests for positive numbers pass.', 'All other tests pass.', 'Most tests pass already.'])
      expect([text, contradictionIn(text, PARTIAL)]).toEqual([text, null]);
  });

  it('F1: a test named as failing has failed, one named as passing has passed', () => {
    expect(contradictionIn('`test_2_digit` fails.', PARTIAL)).toBeNull();
    expect(contradictionIn('The test `test_1_digit` passes.', PARTIAL)).toBeNull();
    expect(contradictionIn('`test_1_digit` still fails.', PARTIAL)).toContain('"test_1_digit"');
    expect(contradictionIn('Nice: `test_2_digit` now passes', PARTIAL)).toContain('"test_2_digit"');
    expect(contradictionIn('`test_1_digit` does not pass.', PARTIAL)).toContain('"test_1_digit"');
  });

  it('F1: a test may be named by any signs', () => {
    const name = '-2 [a-z]+ (x|y) \\d {1} ^$ ?*.';
    const named: TestOutcome = { passed: 1, failed: 1, results: [{ name, status: 'failed' }] };
    expect(contradictionIn('Look at the bound.', named)).toBeNull();
    expect(
      contradictionIn('-2 [a-z]+ passes', { ...named, results: [{ name: '-2 [a-z]+', status: 'failed' }] }),
    ).toContain('[a-z]+');
  });

  it('F1: a failing test is not fine, and no name is looked for within a longer one', () => {
    expect(contradictionIn('`test_2_digit` is fine.', PARTIAL)).toContain('"test_2_digit"');
    expect(contradictionIn('`test_1_digit` is fine.', PARTIAL)).toBeNull();
    const named: TestOutcome = {
      passed: 2,
      failed: 2,
      results: [
        { name: 'list', status: 'passed' },
        { name: 'empty list', status: 'failed' },
        { name: 'adds and multiplies', status: 'failed' },
        { name: 'multiplies', status: 'passed' },
      ],
    };
    for (const fact of ['The test `empty list` fails.', '`adds and multiplies` fails, and `multiplies` passes.'])
      expect([fact, contradictionIn(fact, named)]).toEqual([fact, null]);
    expect(contradictionIn('The test `list` fails.', named)).toContain('"list"');
    expect(contradictionIn('The test `empty list` passes.', named)).toContain('"empty list"');
    expect(contradictionIn('`adds and multiplies` passes.', named)).toContain('"adds and multiplies"');
  });

  it("F1: a test's own name is no statement", () => {
    const named: TestOutcome = {
      passed: 1,
      failed: 1,
      results: [
        { name: 'all tests pass on empty input', status: 'failed' },
        { name: 'returns false', status: 'passed' },
      ],
    };
    expect(contradictionIn('Look at "all tests pass on empty input": it got 0.', named)).toBeNull();
  });

  it('F1: where no results were given, nobody says how many tests pass', () => {
    expect(contradictionIn('All tests pass.', null)).toContain('no test results were given');
    expect(contradictionIn('3 of 4 tests fail.', null)).not.toBeNull();
    expect(contradictionIn('Write a test that fails first.', null)).toBeNull();
    expect(contradictionIn('Your solution is correct.', null)).toBeNull();
  });

  it('F1: of a text about some lines, "it works" speaks of those', () => {
    expect(contradictionIn('This is correct, but it reads each element twice.', PARTIAL, 'lines')).toBeNull();
    expect(contradictionIn('It works.', PARTIAL, 'lines')).toBeNull();
    expect(contradictionIn('It works.', PARTIAL)).not.toBeNull();
    expect(contradictionIn('Your solution works.', PARTIAL, 'lines')).not.toBeNull();
  });

  it('F1: the fact that it tells has the numbers', () => {
    expect(contradictionIn('All tests pass.', PARTIAL)).toBe('it says that all tests pass, but 2 of 5 tests fail');
    expect(contradictionIn('All tests fail.', PASS)).toBe('it says that all tests fail, but all 3 tests pass');
  });
});
