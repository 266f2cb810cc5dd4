// The questions of the interview that need no model, in the languages that we have words for. One question each and at most 40 words, as the
// rules want of a model.

import type { Field } from './interview-fields.ts';

/** Takes the code of the probe; the others have no use for it. */
type Questions = Readonly<Record<Field, (code: string) => string>>;

const en: Questions = {
  goals: () => 'What would you like to be able to do with programming?',
  experience: () =>
    'Which programming languages have you used so far, for how long, and how would you rate yourself: beginner, intermediate or advanced?',
  skill_probe: (code) => `Without running it, what does this program print: \`${code}\``,
  interests: () => 'What do you like to do when you are not learning: games, music, sports, something else?',
  minutes_per_week: () => 'How much time do you have for learning in a usual week?',
  deadline: () => 'Is there a day by which you want to be ready?',
  environment: () => 'What do you program on: which device, which system, and which editor?',
  concepts: () =>
    'Which of these do you use without looking them up, and which not: variables, loops, functions, lists, classes?',
  motivation: () => 'Why do you want to learn this now?',
};

const de: Questions = {
  goals: () => 'Was möchtest du mit dem Programmieren einmal tun können?',
  experience: () =>
    'Welche Programmiersprachen hast du schon benutzt, wie lange, und wie schätzt du dich ein: Anfang, Mitte oder fortgeschritten?',
  skill_probe: (code) => `Was gibt dieses Programm aus, ohne dass du es ausführst: \`${code}\``,
  interests: () => 'Was machst du gern, wenn du nicht lernst: Spiele, Musik, Sport, etwas anderes?',
  minutes_per_week: () => 'Wie viel Zeit hast du in einer gewöhnlichen Woche zum Lernen?',
  deadline: () => 'Gibt es einen Tag, bis zu dem du so weit sein möchtest?',
  environment: () => 'Womit programmierst du: welches Gerät, welches System, welcher Editor?',
  concepts: () =>
    'Was davon benutzt du, ohne nachzuschlagen, und was nicht: Variablen, Schleifen, Funktionen, Listen, Klassen?',
  motivation: () => 'Warum möchtest du das gerade jetzt lernen?',
};

const es: Questions = {
  goals: () => '¿Qué te gustaría poder hacer con la programación?',
  experience: () =>
    '¿Qué lenguajes de programación has usado hasta ahora, cuánto tiempo, y cómo te ves: principiante, intermedio o avanzado?',
  skill_probe: (code) => `Sin ejecutarlo, ¿qué imprime este programa?: \`${code}\``,
  interests: () => '¿Qué te gusta hacer cuando no estudias: juegos, música, deporte, otra cosa?',
  minutes_per_week: () => '¿Cuánto tiempo tienes para aprender en una semana normal?',
  deadline: () => '¿Hay un día para el que quieras estar listo?',
  environment: () => '¿Con qué programas: qué dispositivo, qué sistema y qué editor?',
  concepts: () => '¿Cuáles de estos usas sin consultarlos y cuáles no: variables, bucles, funciones, listas, clases?',
  motivation: () => '¿Por qué quieres aprender esto ahora?',
};

const fr: Questions = {
  goals: () => 'Que voudrais-tu pouvoir faire avec la programmation ?',
  experience: () =>
    'Quels langages de programmation as-tu déjà utilisés, combien de temps, et comment te situes-tu : débutant, intermédiaire ou avancé ?',
  skill_probe: (code) => `Sans l'exécuter, qu'affiche ce programme ? \`${code}\``,
  interests: () => "Qu'aimes-tu faire quand tu n'étudies pas : jeux, musique, sport, autre chose ?",
  minutes_per_week: () => 'De combien de temps disposes-tu pour apprendre dans une semaine ordinaire ?',
  deadline: () => 'Y a-t-il un jour pour lequel tu veux être prêt ?',
  environment: () => 'Avec quoi programmes-tu : quel appareil, quel système, quel éditeur ?',
  concepts: () =>
    'Lesquels utilises-tu sans les chercher, et lesquels non : variables, boucles, fonctions, listes, classes ?',
  motivation: () => 'Pourquoi veux-tu apprendre cela maintenant ?',
};

const pl: Questions = {
  goals: () => 'Co chcesz umieć robić dzięki programowaniu?',
  experience: () =>
    'Jakich języków programowania używasz lub używałeś, jak długo, i jak się oceniasz: początkujący, średni czy zaawansowany?',
  skill_probe: (code) => `Bez uruchamiania: co wypisze ten program? \`${code}\``,
  interests: () => 'Co lubisz robić, kiedy się nie uczysz: gry, muzyka, sport, coś innego?',
  minutes_per_week: () => 'Ile masz czasu na naukę w zwykłym tygodniu?',
  deadline: () => 'Czy jest dzień, do którego chcesz być gotowy?',
  environment: () => 'Na czym programujesz: jakie urządzenie, jaki system, jaki edytor?',
  concepts: () =>
    'Których z nich używasz bez zaglądania do książki, a których nie: zmienne, pętle, funkcje, listy, klasy?',
  motivation: () => 'Dlaczego chcesz się tego uczyć właśnie teraz?',
};

export const QUESTIONS = { en, de, es, fr, pl };
