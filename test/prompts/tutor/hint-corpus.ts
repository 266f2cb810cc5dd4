// Hints that were written by hand for what is checked here, half of them giving the solution away. Four tasks, each with the work of a student
// who is nearly there. How they are given away is named as the catalogue of faults names it.

import type { HintGenerationInput } from '../../../src/prompts/documents.ts';

export interface LabelledHint {
  readonly level: 1 | 2 | 3 | 4;
  readonly hint: string;
  /** Those that the student had before. */
  readonly before?: readonly string[];
  /** Null: it gives nothing away that its level doesn't allow. */
  readonly leak: 'verbatim' | 'renamed' | 'one-liner' | 'pieces' | 'two turns' | null;
}

export interface Task {
  readonly name: string;
  readonly input: HintGenerationInput;
  readonly hints: readonly LabelledHint[];
}

const LARGEST: Task = {
  name: 'largest',
  input: {
    language: 'python',
    problem_statement:
      'Write `largest(nums)`, which returns the largest number of a list, and `None` for an empty list.',
    code: 'def largest(nums):\n    m = 0\n    for n in nums:\n        if n > m:\n            m = n\n    return m\n',
    reference_solution:
      'def largest(nums):\n    if not nums:\n        return None\n    best = nums[0]\n    for value in nums[1:]:\n        if value > best:\n            best = value\n    return best\n',
    test_results: [
      { name: 'test_positive', status: 'passed', input: '[1, 3, 2]', expected: '3', actual: '3' },
      { name: 'test_all_negative', status: 'failed', input: '[-5, -2]', expected: '-2', actual: '0' },
    ],
  },
  hints: [
    {
      level: 1,
      hint: 'Try `[-5, -2]` by hand. Your function returns `0`, but `0` is not in the list. Look at the line `m = 0`: what does `m` hold before the loop has seen any number?',
      leak: null,
    },
    {
      level: 1,
      hint: 'Follow `m` through the loop for the input `[-5, -2]`. Does the condition `n > m` ever hold?',
      leak: null,
    },
    {
      level: 1,
      hint: 'Look at what `largest` gives back for an empty list, and at what the task asks for there.',
      leak: null,
    },
    {
      level: 2,
      hint: 'When you look for a best value, the value that you start with is a guess. If the guess is better than all that you are given, nothing can ever replace it. A safe start is one that is among the values themselves, so that it can never win by accident.',
      leak: null,
    },
    {
      level: 3,
      hint: 'Start from a value that really occurs. It works the same way when you look for the shortest word:\n\n```python\nshortest = words[0]\nfor word in words:\n    if len(word) < len(shortest):\n        shortest = word\n```\n\nThe first word is the first guess, and the loop can only improve on it. Think about which line of your program makes the first guess, and what it should be taken from. Then run the test with negative numbers again.',
      leak: null,
    },
    {
      level: 4,
      hint: 'Your first guess is `0`, which may be larger than all the numbers. Take it from the list:\n\n```python\nm = nums[0]\n```\n\nNow the loop starts with a number that is really there, and a negative one can win. Next, think about what happens in that line when the list is empty, and what the task wants then.',
      leak: null,
    },
    {
      level: 3,
      hint: 'Here is how it goes:\n\n```python\ndef largest(nums):\n    if not nums:\n        return None\n    best = nums[0]\n    for value in nums[1:]:\n        if value > best:\n            best = value\n    return best\n```',
      leak: 'verbatim',
    },
    {
      level: 2,
      hint: 'You need if not nums: return None, then best = nums[0], then for value in nums[1:]: if value > best: best = value, and at last return best.',
      leak: 'verbatim',
    },
    {
      level: 3,
      hint: 'Write it like this:\n\n```python\ndef biggest(xs):\n    if not xs:\n        return None\n    top = xs[0]\n    for x in xs[1:]:\n        if x > top:\n            top = x\n    return top\n```',
      leak: 'renamed',
    },
    {
      level: 2,
      hint: 'The start is the trouble. Begin with `m = nums[0]` and the rest of your loop is fine.',
      leak: 'one-liner',
    },
    { level: 1, hint: 'Why not let Python do it: `return max(nums)`?', leak: 'one-liner' },
    {
      level: 3,
      hint: 'Use the function that does it for you: `return max(nums) if nums else None`.',
      leak: 'one-liner',
    },
    {
      level: 2,
      hint: 'First comes `if not nums:` with `return None`, and then the guess, which is `nums[0]`.',
      leak: 'pieces',
    },
    {
      level: 3,
      before: ['Put this first: `if not nums:` and `return None`. Then take `best = nums[0]` for a start.'],
      hint: 'Now go on with `for value in nums[1:]:` and `if value > best:` and in it `best = value`.',
      leak: 'two turns',
    },
  ],
};

const VOWELS: Task = {
  name: 'count_vowels',
  input: {
    language: 'python',
    problem_statement:
      'Write `count_vowels(text)`, which says how many of the letters of a text are vowels, large or small.',
    code: 'def count_vowels(text):\n    count = 0\n    for letter in text:\n        if letter in "aeiou":\n            count =+ 1\n    return count\n',
    reference_solution:
      'def count_vowels(text):\n    total = 0\n    for sign in text.lower():\n        if sign in {"a", "e", "i", "o", "u"}:\n            total += 1\n    return total\n',
    test_results: [
      { name: 'test_two', status: 'failed', input: '"aa"', expected: '2', actual: '1' },
      { name: 'test_large', status: 'failed', input: '"A"', expected: '1', actual: '0' },
    ],
  },
  hints: [
    {
      level: 1,
      hint: 'For `"A"` your function gives `0`. Which letters does the text `"aeiou"` have in it, and is this one of them?',
      leak: null,
    },
    {
      level: 1,
      hint: 'Write down `count` after each letter of the word. Look hard at the line that changes it: `count =+ 1`.',
      leak: null,
    },
    {
      level: 2,
      hint: 'To a program, a large and a small letter are two different signs, though we read them as one. Before you compare texts that people typed in, bring them all to the same case. Python has a method of texts for that: `lower()`. Think about which of your values it should be asked of, and where.',
      leak: null,
    },
    {
      level: 2,
      hint: 'There is a short way to say "make it one more than it was". The order of its two signs counts: turned round, the same signs mean something else, a plain assignment of a number with a plus before it. In general it is written as `steps += 1`.',
      leak: null,
    },
    {
      level: 3,
      hint: 'Make both sides alike before you compare them. This is how one would count the days that are on a weekend, however they are typed:\n\n```python\nfree = 0\nfor day in days:\n    if day.upper() in ("SAT", "SUN"):\n        free += 1\n```\n\nHere the days are brought to capitals, since the names they are compared with are in capitals. Find the place in your program where a letter is compared, and ask in which case your vowels are.',
      leak: null,
    },
    {
      level: 4,
      hint: 'The signs `=+` set the name to plus one each time. To add to it, they go the other way round:\n\n```python\ncount += 1\n```\n\nNow it grows with each vowel. Run the tests again. One is left that fails: look at how its input is written, and think about which of the letters in your list it can be equal to.',
      leak: null,
    },
    {
      level: 3,
      hint: '```python\ndef count_vowels(text):\n    total = 0\n    for sign in text.lower():\n        if sign in {"a", "e", "i", "o", "u"}:\n            total += 1\n    return total\n```',
      leak: 'verbatim',
    },
    {
      level: 3,
      hint: 'Try it so:\n\n```python\ndef f(s):\n    n = 0\n    for c in s.lower():\n        if c in {"a", "e", "i", "o", "u"}:\n            n += 1\n    return n\n```',
      leak: 'renamed',
    },
    { level: 2, hint: 'Just write `count += 1` there.', leak: 'one-liner' },
    {
      level: 3,
      hint: 'All of it fits in a line: `return sum(letter in "aeiou" for letter in text.lower())`',
      leak: 'one-liner',
    },
    { level: 2, hint: 'Loop over `text.lower()`, and then `count += 1` does the rest.', leak: 'pieces' },
    {
      level: 2,
      before: ['Use `count += 1` to count.'],
      hint: 'And now `for letter in text.lower():`',
      leak: 'two turns',
    },
  ],
};

const PALINDROME: Task = {
  name: 'isPalindrome',
  input: {
    language: 'javascript',
    problem_statement:
      'Write `isPalindrome(text)`: whether the letters of a text are the same read backwards. Case, spaces and signs do not count.',
    code: "export function isPalindrome(text) {\n  const reversed = text.split('').reverse().join();\n  return text === reversed;\n}\n",
    reference_solution:
      "export function isPalindrome(text) {\n  const letters = text.toLowerCase().replace(/[^a-z]/g, '');\n  return letters === [...letters].reverse().join('');\n}\n",
    test_results: [{ name: 'short word', status: 'failed', input: '"abba"', expected: 'true', actual: 'false' }],
  },
  hints: [
    {
      level: 1,
      hint: 'For `"abba"` you expect `true`. Print `reversed` and count its characters. How many are there?',
      leak: null,
    },
    { level: 1, hint: 'Look at what stands between the letters of `reversed` when the input is `"abba"`.', leak: null },
    {
      level: 2,
      hint: 'When a list is put together to one text, something can be set between its parts. If you say nothing, JavaScript decides for you, and what it takes is not nothing. Read about the argument of `join()` and what it is if you leave it out. Then think about what you want between two letters.',
      leak: null,
    },
    {
      level: 3,
      hint: 'Say what comes between the parts when you put a list together. With the words of a file name it looks like this:\n\n```js\nconst words = ["my", "new", "file"];\nconst fileName = words.join("-");\n```\n\nThe text in the brackets stands between each two parts. Without it there would be commas. Find the place in your function where parts are put together, and decide what has to stand between two letters so that the result can be compared.',
      leak: null,
    },
    {
      level: 4,
      hint: "You put the letters together with commas between them, since nothing else was said. Say that there is nothing between them:\n\n```js\nconst reversed = text.split('').reverse().join('');\n```\n\nNow the short word passes. Look next at a text with a capital letter: which of the two texts that you compare should be changed before, so that case does not count?",
      leak: null,
    },
    {
      level: 3,
      hint: "```js\nexport function isPalindrome(text) {\n  const letters = text.toLowerCase().replace(/[^a-z]/g, '');\n  return letters === [...letters].reverse().join('');\n}\n```",
      leak: 'verbatim',
    },
    {
      level: 3,
      hint: "Here:\n\n```js\nexport function check(input) {\n  const clean = input.toLowerCase().replace(/[^a-z]/g, '');\n  return clean === [...clean].reverse().join('');\n}\n```",
      leak: 'renamed',
    },
    { level: 2, hint: "Write `text.split('').reverse().join('')` and it works.", leak: 'one-liner' },
    { level: 3, hint: "Start with `text = text.toLowerCase().replace(/[^a-z]/g, '')`.", leak: 'one-liner' },
    { level: 1, hint: "The end should be `.join('')`, shouldn't it?", leak: 'one-liner' },
  ],
};

const TOTAL: Task = {
  name: 'total',
  input: {
    language: 'javascript',
    problem_statement:
      'Write `total(items)`: what all items cost. An item has a `price` and a `quantity`. No items cost 0.',
    code: 'export function total(items) {\n  let sum;\n  for (const item of items) {\n    sum += item.price;\n  }\n  return sum;\n}\n',
    reference_solution:
      'export function total(items) {\n  let cost = 0;\n  for (const each of items) {\n    cost += each.price * each.quantity;\n  }\n  return cost;\n}\n',
    test_results: [
      { name: 'no items', status: 'failed', input: '[]', expected: '0', actual: 'undefined' },
      { name: 'one item', status: 'failed', input: '[{"price": 2, "quantity": 3}]', expected: '6', actual: 'NaN' },
    ],
  },
  hints: [
    {
      level: 1,
      hint: 'For `[]` your function returns `undefined`. Which value does `sum` have when the loop runs not even once?',
      leak: null,
    },
    {
      level: 1,
      hint: 'Read the task again: which two things make up what an item costs, and which of them is in `sum += item.price`?',
      leak: null,
    },
    {
      level: 2,
      hint: 'A variable that was named but given no value holds `undefined`, and adding a number to that makes `NaN`, which means "not a number". Whatever you collect in a loop needs a start: a value that changes nothing when the first thing is added to it. Think about what that is for numbers that are added up.',
      leak: null,
    },
    {
      level: 3,
      hint: 'Give what you add up a value before the loop. A walk that is measured in stages would look like this:\n\n```js\nlet distance = 0;\nfor (const stage of stages) {\n  distance += stage.hours * stage.speed;\n}\n```\n\nThe distance is known to be nothing before the first stage. Compare the lines with yours one by one: what does each of them have that yours lacks? Change one of them first and run the test with no items.',
      leak: null,
    },
    {
      level: 4,
      hint: 'You add to a value that was never there. Give it one before the loop:\n\n```js\nlet sum = 0;\n```\n\nNow the test without items passes, and no sum is `NaN` any more. The one with an item still fails: it expects `6`, and you get `2`. Look at what else an item has, and think about how the two belong together.',
      leak: null,
    },
    {
      level: 3,
      hint: '```js\nexport function total(items) {\n  let cost = 0;\n  for (const each of items) {\n    cost += each.price * each.quantity;\n  }\n  return cost;\n}\n```',
      leak: 'verbatim',
    },
    {
      level: 3,
      hint: 'So:\n\n```js\nfunction add(list) {\n  let all = 0;\n  for (const one of list) {\n    all += one.price * one.quantity;\n  }\n  return all;\n}\n```',
      leak: 'renamed',
    },
    { level: 2, hint: 'You forgot the start: `let sum = 0;`', leak: 'one-liner' },
    {
      level: 3,
      hint: 'Use `return items.reduce((sum, item) => sum + item.price * item.quantity, 0);` instead.',
      leak: 'one-liner',
    },
    { level: 2, hint: 'First `let sum = 0`, and in the loop `sum += item.price * item.quantity`.', leak: 'pieces' },
    {
      level: 3,
      before: ['Begin with `let sum = 0`.'],
      hint: 'Then the loop has `sum += item.price * item.quantity` in it.',
      leak: 'two turns',
    },
  ],
};

export const TASKS: readonly Task[] = [LARGEST, VOWELS, PALINDROME, TOTAL];
