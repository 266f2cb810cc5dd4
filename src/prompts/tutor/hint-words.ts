// The hint that needs no model: it says what a failing test showed, and which way to look. It is all that a student gets when the vendors are
// away or no answer would do, so it has to be true without anybody having thought about their code.

import type { TestResult } from './hint-ladder.ts';

interface Words {
  /** The values are between backticks already; null where there is none. */
  readonly values: (input: string, expected: string, actual: string) => string;
  readonly outcome: (expected: string, actual: string) => string;
  readonly named: (test: string) => string;
  readonly stopped: string;
  readonly unknown: string;
}

const ENGLISH: Words = {
  values: (input, expected, actual) =>
    `For the input ${input} your code returns ${actual}, but ${expected} is expected. Follow this input through your code, line by line. Where does it go another way than you meant?`,
  outcome: (expected, actual) =>
    `Your code returns ${actual}, but ${expected} is expected. Follow your code line by line. Where does it go another way than you meant?`,
  named: (test) =>
    `The test ${test} does not pass yet. Read what it asks for, then follow your code with its values, line by line. Where does it go another way than you meant?`,
  stopped:
    'Your program stops with an error. Read the last line of the message, find the line of your code that it names, and look at the values there. Which of them is not what you expected?',
  unknown:
    'Take the smallest example from the task and follow it through your code on paper, line by line. Where is a value not what you expected?',
};

const GERMAN: Words = {
  values: (input, expected, actual) =>
    `Für die Eingabe ${input} gibt dein Code ${actual} zurück, erwartet wird ${expected}. Verfolge diese Eingabe Zeile für Zeile durch deinen Code. Wo nimmt er einen anderen Weg, als du wolltest?`,
  outcome: (expected, actual) =>
    `Dein Code gibt ${actual} zurück, erwartet wird ${expected}. Verfolge ihn Zeile für Zeile. Wo nimmt er einen anderen Weg, als du wolltest?`,
  named: (test) =>
    `Der Test ${test} besteht noch nicht. Lies, was er verlangt, und verfolge deinen Code mit seinen Werten Zeile für Zeile. Wo nimmt er einen anderen Weg, als du wolltest?`,
  stopped:
    'Dein Programm bricht mit einem Fehler ab. Lies die letzte Zeile der Meldung, suche die Zeile deines Codes, die sie nennt, und sieh dir dort die Werte an. Welcher ist nicht so, wie du erwartet hast?',
  unknown:
    'Nimm das kleinste Beispiel aus der Aufgabe und verfolge es auf Papier Zeile für Zeile durch deinen Code. Wo ist ein Wert nicht so, wie du erwartet hast?',
};

const SPANISH: Words = {
  values: (input, expected, actual) =>
    `Para la entrada ${input} tu código devuelve ${actual}, pero se espera ${expected}. Sigue esta entrada por tu código, línea por línea. ¿Dónde toma un camino distinto del que querías?`,
  outcome: (expected, actual) =>
    `Tu código devuelve ${actual}, pero se espera ${expected}. Síguelo línea por línea. ¿Dónde toma un camino distinto del que querías?`,
  named: (test) =>
    `La prueba ${test} todavía no pasa. Lee lo que pide y sigue tu código con sus valores, línea por línea. ¿Dónde toma un camino distinto del que querías?`,
  stopped:
    'Tu programa se detiene con un error. Lee la última línea del mensaje, busca la línea de tu código que nombra y mira allí los valores. ¿Cuál de ellos no es el que esperabas?',
  unknown:
    'Toma el ejemplo más pequeño del enunciado y síguelo en papel por tu código, línea por línea. ¿Dónde hay un valor que no es el que esperabas?',
};

const FRENCH: Words = {
  values: (input, expected, actual) =>
    `Pour l'entrée ${input}, ton code renvoie ${actual}, mais ${expected} est attendu. Suis cette entrée dans ton code, ligne par ligne. Où prend-il un autre chemin que celui que tu voulais ?`,
  outcome: (expected, actual) =>
    `Ton code renvoie ${actual}, mais ${expected} est attendu. Suis-le ligne par ligne. Où prend-il un autre chemin que celui que tu voulais ?`,
  named: (test) =>
    `Le test ${test} ne passe pas encore. Lis ce qu'il demande, puis suis ton code avec ses valeurs, ligne par ligne. Où prend-il un autre chemin que celui que tu voulais ?`,
  stopped:
    "Ton programme s'arrête sur une erreur. Lis la dernière ligne du message, trouve la ligne de ton code qu'elle nomme et regarde les valeurs à cet endroit. Laquelle n'est pas celle que tu attendais ?",
  unknown:
    "Prends le plus petit exemple de l'énoncé et suis-le sur papier dans ton code, ligne par ligne. Où une valeur n'est-elle pas celle que tu attendais ?",
};

const POLISH: Words = {
  values: (input, expected, actual) =>
    `Dla danych ${input} twój kod zwraca ${actual}, a oczekiwane jest ${expected}. Prześledź te dane w swoim kodzie, linia po linii. Gdzie idzie on inną drogą, niż chcesz?`,
  outcome: (expected, actual) =>
    `Twój kod zwraca ${actual}, a oczekiwane jest ${expected}. Prześledź go linia po linii. Gdzie idzie on inną drogą, niż chcesz?`,
  named: (test) =>
    `Test ${test} jeszcze nie przechodzi. Przeczytaj, czego wymaga, i prześledź swój kod z jego wartościami, linia po linii. Gdzie idzie on inną drogą, niż chcesz?`,
  stopped:
    'Twój program zatrzymuje się z błędem. Przeczytaj ostatnią linię komunikatu, znajdź linię kodu, którą wskazuje, i sprawdź tam wartości. Która z nich jest inna, niż się spodziewasz?',
  unknown:
    'Weź najmniejszy przykład z zadania i prześledź go na kartce w swoim kodzie, linia po linii. Gdzie wartość jest inna, niż się spodziewasz?',
};

const WORDS: ReadonlyMap<string, Words> = new Map([
  ['en', ENGLISH],
  ['de', GERMAN],
  ['es', SPANISH],
  ['fr', FRENCH],
  ['pl', POLISH],
]);

/** Values that are longer tell a reader nothing that the test's name doesn't. */
const MOST_VALUE_CHARACTERS = 80;

/** In English where there are no words for the locale. */
export function hintWithoutModel(failing: TestResult | null, error: string | null, locale: string): string {
  const words = WORDS.get(locale.toLowerCase().split(/[-_]/)[0] ?? '') ?? ENGLISH;
  const [input, expected, actual] = [failing?.input, failing?.expected, failing?.actual].map(shown);
  // What a test that broke off "returned" is the error, and no value.
  if (failing?.status === 'failed' && expected && actual)
    return input ? words.values(input, expected, actual) : words.outcome(expected, actual);
  const name = shown(failing?.name);
  if (name) return words.named(name);
  return error?.trim() ? words.stopped : words.unknown;
}

/** Between backticks on one line; null where it could not stand so. */
function shown(value: string | null | undefined): string | null {
  const text = value?.trim() ?? '';
  const isPlain = text.length > 0 && text.length <= MOST_VALUE_CHARACTERS && !/[`\p{Cc}\p{Cf}]/u.test(text);
  return isPlain ? `\`${text}\`` : null;
}
