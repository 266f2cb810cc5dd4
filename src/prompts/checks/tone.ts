// Words that judge a learner instead of their code, or that tell them that what they did not see was easy to see. In the languages in which
// learners are answered most.

/** "Lazy" is no blame in most texts about code: evaluation is. */
const BLAME: readonly string[] = [
  // English
  'stupid(?:ly)?|dumb|idiot(?:ic)?|moron(?:ic)?|careless(?:ly|ness)?|sloppy|sloppily|clueless|incompetent|pathetic|ridiculous|terrible|awful',
  "you should(?: already)? know|you should have known|you clearly|you obviously|you never|you always|you(?: are|'re) lazy|your fault",
  'even a beginner|anyone can see|how could you|what were you thinking|obviously|trivial mistake|silly mistake|embarrassing',
  // German
  'dumm(?:e[rns]?)?|schlampig|nachlässig|peinlich|offensichtlich|das müsstest du|deine schuld',
  // Spanish
  'estúpid[oa]|tont[oa]|descuidad[oa]|vergonzos[oa]|obviamente|deberías saber|tu culpa',
  // French
  'stupide|idiote?|négligente?|honteux|évidemment|tu devrais savoir|ta faute',
  // Polish
  'głupi[ae]?|niedbał[yae]|żałosn[yae]|powinieneś wiedzieć|powinnaś wiedzieć|twoja wina',
];
/** Built once, of the words above and of nothing else. */
export const BLAME_PATTERN = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${BLAME.join('|')})(?![\\p{L}\\p{N}_])`, 'iu');

/** The words; null: there are none. */
export function blameIn(text: string): string | null {
  return BLAME_PATTERN.exec(text.normalize('NFKC').replace(/[’ʼ]/g, "'"))?.[0] ?? null;
}
