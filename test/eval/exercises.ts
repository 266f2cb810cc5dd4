// Small exercises of our own, with solutions that are right: what the ground truth of the evaluation is made of. Every mutant of a solution is
// a student whose mistake is known, by line and by failing test.

export interface Exercise {
  readonly id: string;
  readonly statement: string;
  /** The concept that it is about. */
  readonly concept: string;
  readonly tests: readonly { readonly args: readonly unknown[]; readonly expected: unknown }[];
  /** By language: the solution, and what its function is called. */
  readonly python: string;
  readonly javascript: string;
}

export const EXERCISES: readonly Exercise[] = [
  {
    id: 'largest',
    concept: 'loops',
    statement: 'Write largest(numbers): the largest number of a list that is not empty. Do not use a built-in maximum.',
    tests: [
      { args: [[1, 5, 3]], expected: 5 },
      { args: [[-5, -2, -9]], expected: -2 },
      { args: [[7]], expected: 7 },
      { args: [[2, 2, 1]], expected: 2 },
    ],
    python: `def largest(numbers):
    best = numbers[0]
    for number in numbers:
        if number > best:
            best = number
    return best
`,
    javascript: `function largest(numbers) {
  let best = numbers[0];
  for (const number of numbers) {
    if (number > best) best = number;
  }
  return best;
}
`,
  },
  {
    id: 'count_vowels',
    concept: 'strings',
    statement:
      'Write count_vowels(text) (countVowels in JavaScript): how many of the letters a, e, i, o, u stand in it, large or small.',
    tests: [
      { args: ['hello'], expected: 2 },
      { args: ['RHYTHM'], expected: 0 },
      { args: ['Idea'], expected: 3 },
      { args: [''], expected: 0 },
    ],
    python: `def count_vowels(text):
    count = 0
    for letter in text.lower():
        if letter in "aeiou":
            count += 1
    return count
`,
    javascript: `function countVowels(text) {
  let count = 0;
  for (const letter of text.toLowerCase()) {
    if ("aeiou".includes(letter)) count += 1;
  }
  return count;
}
`,
  },
  {
    id: 'is_palindrome',
    concept: 'indexing',
    statement: 'Write is_palindrome(word) (isPalindrome in JavaScript): whether it reads the same from both ends.',
    tests: [
      { args: ['level'], expected: true },
      { args: ['noon'], expected: true },
      { args: ['abca'], expected: false },
      { args: ['ab'], expected: false },
      { args: [''], expected: true },
    ],
    python: `def is_palindrome(word):
    left = 0
    right = len(word) - 1
    while left < right:
        if word[left] != word[right]:
            return False
        left += 1
        right -= 1
    return True
`,
    javascript: `function isPalindrome(word) {
  let left = 0;
  let right = word.length - 1;
  while (left < right) {
    if (word[left] !== word[right]) return false;
    left += 1;
    right -= 1;
  }
  return true;
}
`,
  },
  {
    id: 'sum_of_evens',
    concept: 'conditionals',
    statement: 'Write sum_of_evens(numbers) (sumOfEvens in JavaScript): the sum of the even ones.',
    tests: [
      { args: [[1, 2, 3, 4]], expected: 6 },
      { args: [[1, 3]], expected: 0 },
      { args: [[-2, 6]], expected: 4 },
      { args: [[]], expected: 0 },
    ],
    python: `def sum_of_evens(numbers):
    total = 0
    for number in numbers:
        if number % 2 == 0:
            total += number
    return total
`,
    javascript: `function sumOfEvens(numbers) {
  let total = 0;
  for (const number of numbers) {
    if (number % 2 === 0) total += number;
  }
  return total;
}
`,
  },
  {
    id: 'factorial',
    concept: 'recursion',
    statement: 'Write factorial(n) for a whole number from 0 on: the product of all from 1 to n; that of 0 is 1.',
    tests: [
      { args: [0], expected: 1 },
      { args: [1], expected: 1 },
      { args: [5], expected: 120 },
      { args: [7], expected: 5040 },
    ],
    python: `def factorial(n):
    product = 1
    for factor in range(2, n + 1):
        product *= factor
    return product
`,
    javascript: `function factorial(n) {
  let product = 1;
  for (let factor = 2; factor <= n; factor += 1) {
    product *= factor;
  }
  return product;
}
`,
  },
  {
    id: 'is_prime',
    concept: 'loops',
    statement:
      'Write is_prime(n) (isPrime in JavaScript): whether a whole number is a prime. 0, 1 and negative ones are none.',
    tests: [
      { args: [1], expected: false },
      { args: [2], expected: true },
      { args: [9], expected: false },
      { args: [25], expected: false },
      { args: [29], expected: true },
    ],
    python: `def is_prime(n):
    if n < 2:
        return False
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return True
`,
    javascript: `function isPrime(n) {
  if (n < 2) return false;
  let divisor = 2;
  while (divisor * divisor <= n) {
    if (n % divisor === 0) return false;
    divisor += 1;
  }
  return true;
}
`,
  },
  {
    id: 'running_total',
    concept: 'lists',
    statement: 'Write running_total(numbers) (runningTotal in JavaScript): at each place the sum of all up to it.',
    tests: [
      { args: [[1, 2, 3]], expected: [1, 3, 6] },
      { args: [[5]], expected: [5] },
      { args: [[]], expected: [] },
      { args: [[4, -4, 2]], expected: [4, 0, 2] },
    ],
    python: `def running_total(numbers):
    totals = []
    total = 0
    for number in numbers:
        total += number
        totals.append(total)
    return totals
`,
    javascript: `function runningTotal(numbers) {
  const totals = [];
  let total = 0;
  for (const number of numbers) {
    total += number;
    totals.push(total);
  }
  return totals;
}
`,
  },
  {
    id: 'clamp',
    concept: 'conditionals',
    statement: 'Write clamp(value, low, high): the value, or the nearer bound where it lies outside of them.',
    tests: [
      { args: [5, 1, 10], expected: 5 },
      { args: [-3, 1, 10], expected: 1 },
      { args: [12, 1, 10], expected: 10 },
      { args: [10, 1, 10], expected: 10 },
    ],
    python: `def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value
`,
    javascript: `function clamp(value, low, high) {
  if (value < low) return low;
  if (value > high) return high;
  return value;
}
`,
  },
  {
    id: 'longest_word',
    concept: 'strings',
    statement:
      'Write longest_word(text) (longestWord in JavaScript): its longest word, the first of several; words are parted by single spaces.',
    tests: [
      { args: ['a bee sees'], expected: 'sees' },
      { args: ['one two'], expected: 'one' },
      { args: ['alone'], expected: 'alone' },
      { args: ['tiny enormous big'], expected: 'enormous' },
    ],
    python: `def longest_word(text):
    longest = ""
    for word in text.split(" "):
        if len(word) > len(longest):
            longest = word
    return longest
`,
    javascript: `function longestWord(text) {
  let longest = "";
  for (const word of text.split(" ")) {
    if (word.length > longest.length) longest = word;
  }
  return longest;
}
`,
  },
  {
    id: 'count_pairs',
    concept: 'nested-loops',
    statement:
      'Write count_pairs(numbers, target) (countPairs in JavaScript): how many pairs of two different places add up to the target.',
    tests: [
      { args: [[1, 2, 3, 4], 5], expected: 2 },
      { args: [[2, 2, 2], 4], expected: 3 },
      { args: [[5], 10], expected: 0 },
      { args: [[1, 9, 5], 10], expected: 1 },
    ],
    python: `def count_pairs(numbers, target):
    count = 0
    for first in range(len(numbers)):
        for second in range(first + 1, len(numbers)):
            if numbers[first] + numbers[second] == target:
                count += 1
    return count
`,
    javascript: `function countPairs(numbers, target) {
  let count = 0;
  for (let first = 0; first < numbers.length; first += 1) {
    for (let second = first + 1; second < numbers.length; second += 1) {
      if (numbers[first] + numbers[second] === target) count += 1;
    }
  }
  return count;
}
`,
  },
];
