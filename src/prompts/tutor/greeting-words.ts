// The greeting that needs no model, in the languages that we have words for. It says nothing of the student but their name and language,
// so it is true of everybody.

import type { TutorGreetingWritten } from '../documents.ts';

export type GreetingAction = TutorGreetingWritten['suggested_actions'][number]['action'];

export interface GreetingWords {
  readonly hello: (name: string | null) => string;
  readonly first: (language: string | null) => string;
  readonly again: string;
  /** Ends in the one question. */
  readonly invitation: string;
  readonly labels: Readonly<Record<GreetingAction, string>>;
}

const named = (hello: string) => (name: string | null) => (name === null ? `${hello}!` : `${hello}, ${name}!`);

const en: GreetingWords = {
  hello: named('Hello'),
  first: (language) => `This is a good place to begin${language === null ? '' : ` with ${language}`}.`,
  again: 'Good that you are here again.',
  invitation:
    'We take small steps: the thinking is yours, and where it gets hard there is help at once. What would you like to do first?',
  labels: {
    start_exercise: 'Start an exercise',
    continue: 'Go on where I was',
    ask_question: 'Ask a question',
    review_concept: 'Review the last topic',
    take_onboarding: 'Tell about myself',
  },
};

const de: GreetingWords = {
  hello: named('Hallo'),
  first: (language) => `Hier lässt sich gut anfangen${language === null ? '' : ` mit ${language}`}.`,
  again: 'Schön, dass du wieder da bist.',
  invitation:
    'Wir gehen in kleinen Schritten: Das Denken ist deine Sache, und wo es schwer wird, gibt es sofort Hilfe. Was möchtest du zuerst tun?',
  labels: {
    start_exercise: 'Eine Aufgabe beginnen',
    continue: 'Weitermachen',
    ask_question: 'Eine Frage stellen',
    review_concept: 'Das letzte Thema wiederholen',
    take_onboarding: 'Von mir erzählen',
  },
};

const es: GreetingWords = {
  hello: (name) => (name === null ? '¡Hola!' : `¡Hola, ${name}!`),
  first: (language) => `Este es un buen lugar para empezar${language === null ? '' : ` con ${language}`}.`,
  again: 'Qué bien que estés aquí otra vez.',
  invitation:
    'Vamos paso a paso: tú piensas, y donde se ponga difícil hay ayuda enseguida. ¿Qué te gustaría hacer primero?',
  labels: {
    start_exercise: 'Empezar un ejercicio',
    continue: 'Seguir donde estaba',
    ask_question: 'Hacer una pregunta',
    review_concept: 'Repasar el último tema',
    take_onboarding: 'Hablar de mí',
  },
};

const fr: GreetingWords = {
  hello: (name) => (name === null ? 'Bonjour !' : `Bonjour, ${name} !`),
  first: (language) => `C'est un bon endroit pour commencer${language === null ? '' : ` avec ${language}`}.`,
  again: 'Je suis content que tu sois là à nouveau.',
  invitation:
    "Nous avançons à petits pas : c'est toi qui réfléchis, et là où cela devient difficile, il y a tout de suite de l'aide. Que veux-tu faire en premier ?",
  labels: {
    start_exercise: 'Commencer un exercice',
    continue: "Reprendre où j'en étais",
    ask_question: 'Poser une question',
    review_concept: 'Revoir le dernier thème',
    take_onboarding: 'Parler de moi',
  },
};

const pl: GreetingWords = {
  hello: (name) => (name === null ? 'Cześć!' : `Cześć, ${name}!`),
  first: (language) => `To dobre miejsce, żeby zacząć${language === null ? '' : ` z ${language}`}.`,
  again: 'Dobrze, że znowu tu jesteś.',
  invitation:
    'Idziemy małymi krokami: myślenie należy do ciebie, a tam, gdzie zrobi się trudno, od razu jest pomoc. Od czego chcesz zacząć?',
  labels: {
    start_exercise: 'Zacznij ćwiczenie',
    continue: 'Kontynuuj',
    ask_question: 'Zadaj pytanie',
    review_concept: 'Powtórz ostatni temat',
    take_onboarding: 'Opowiedz o sobie',
  },
};

export const GREETING_WORDS = { en, de, es, fr, pl };
