// The words by which a student denies something or speaks of somebody else, and by which they rate themselves: English, German, Spanish,
// French and Polish, all at once, since a student answers in the language that comes to mind. By words and not by grammar.

function anyOf(...alternatives: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}'])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
}

export const DENYING = anyOf(
  "not|never|no|none|nothing|cannot|neither|nor|hates?|hated|dislike|\\p{L}+n't|dont|didnt|cant|doesnt|havent",
  'nicht|nichts|kein\\p{L}*|nie|niemals|hasse|weder',
  'nunca|jamás|odio|tampoco|nada|ni|sin (?:experiencia|saber)',
  "ne|n'\\p{L}+|pas|jamais|aucune?|rien|déteste",
  'nigdy|nienawidzę|żaden|żadnego|żadnej|nic',
);

/** Has a word of the above and denies nothing of what it is about. */
export const DENYING_NOTHING = anyOf(
  '^(?:no|nope|not really|not much|not yet|nothing special|nein|nicht viel|nichts besonderes|nada especial|no mucho|non|rien de spécial|nie|nic szczególnego)(?=\\s*[,:;–—])',
  "(?:not|\\p{L}+n't) (?:only|just|bad)|(?:can't|cannot) (?:wait|stop|help|get enough|live without)|no (?:problems?|trouble|issues?|difficulty)|don't mind|why not",
  '(?:no|not|never) (?:more|longer|less|fewer) than|nothing (?:but|besides|except|other than)|none (?:but|besides|except)|never mind|no doubt',
  "(?:never|don't (?:need|have) to|do not (?:need|have) to|no need to) (?:look|google)|(?:not|\\p{L}+n't) forget",
  "(?:not|no|\\p{L}+n't)(?: \\p{L}+){0,2} (?:expert|pro|professional|advanced|beginner|fluent|perfect|newbie)(?: (?:at|in|with))?",
  "(?:not|\\p{L}+n't) (?:very|so|that|really|too|particularly) (?:good|great|experienced)(?: (?:at|in|with))?",
  'nicht (?:nur|schlecht|mehr als|länger als|weniger als|genug|erwarten)|kein(?:e|en)? (?:probleme?|profi|experte|expertin|anfänger|anfängerin)',
  'nicht (?:so|sehr|besonders) (?:gut|fit)|nichts (?:außer|als)|nicht perfekt|nicht fortgeschritten',
  'no (?:s[oó]lo|solamente|más de|menos de|está mal|me importa|hay problema)|nada más que|no soy (?:una? )?(?:expert[oa]|principiante|avanzad[oa])',
  "pas (?:seulement|plus de|moins de|mal|de problème|expert|experte|débutant|débutante|avancé)|(?:ne \\p{L}+|n'\\p{L}+) que|rien d'autre que",
  'nie (?:tylko|więcej niż|dłużej niż|mniej niż|mam problemu|jestem (?:ekspertem|ekspertką|początkujący|początkująca))|nic (?:oprócz|poza)',
);

const RELATION =
  '(?:friends?|brother|sister|mother|father|mum|mom|dad|boss|colleague|teacher|boyfriend|girlfriend|son|daughter|roommate|wife|husband|cousin|uncle|aunt|classmate|partner|' +
  'freund|freundin|bruder|schwester|mutter|vater|chef|chefin|kollege|kollegin|lehrer|lehrerin|sohn|tochter|mann|frau|' +
  'amigo|amiga|hermano|hermana|madre|padre|jefe|colega|profesor|profesora|hijo|hija|novio|novia|' +
  'ami|amie|copain|copine|frère|soeur|sœur|mère|père|collègue|prof|fils|fille|' +
  'kolega|koleżanka|przyjaciel|przyjaciółka|brat|siostra|mama|tata|ojciec|szef|nauczyciel|syn|córka|mąż|żona)';
/** Somebody with whom or for whom it is done does not do it alone. */
const NO_SUBJECT =
  '(?<!(?:with|for|to|from|by|like|of|than|mit|für|von|zu|con|para|por|de|avec|pour|chez|z|ze|dla|od|(?:i|me|ich|yo|moi|ja) (?:and|und|y|et|i)) )';

/** In the order in which they stand, the last is whom a statement is about. `first` is the group of the student. */
export const SUBJECT = anyOf(
  "(?<first>i|i'm|i've|i'd|me|we|us|ich|mich|mir|wir|uns|yo|je|j'\\p{L}+|moi|nous|ja|mnie|mi[ęe])",
  `${NO_SUBJECT}(?<somebody>my|our|mein|meine|unser|mi|mon|ma|mój|moja)(?: (?:best|older|younger|little|big|good|bester?|beste|großer|kleine|mejor|meilleur|najlepszy))? ${RELATION}`,
  'a friend|ein freund|eine freundin|un amigo|una amiga|un ami|une amie',
  "he|he's|she|she's|er|sie \\p{L}+t|él|ella|elle|il(?! (?:y|faut|me))|ona",
);

/** "I think my brother knows Rust": what follows has a subject of its own, where "I help my brother" has none. */
export const REPORTING = anyOf(
  'think|know|believe|say|says|said|heard|because|that|since|glaube|denke|weiß|dass|weil|creo|sé|que|porque|crois|sais|parce|myślę|wiem|że|bo',
);

/** Where something else begins to be said, of which what was denied before is not said. */
export const TURN = anyOf(
  'but|however|although|though|yet|instead|whereas|aber|sondern|jedoch|dafür|obwohl|pero|sino|aunque|mais|cependant|ale|lecz|jednak',
);
export const NEXT_STATEMENT = new RegExp(
  `(?:[,:;(–—]| and| und| y| et| oraz| i| a)\\s+(?:i|i'm|i've|i'd|ich|yo|je|j'\\p{L}+|ja|quiero|me gustan?|tengo|sé|conozco|uso|` +
    `only|just|mostly|mainly|maybe|nur|hauptsächlich|vielleicht|solo|sólo|seulement|surtout|tylko|głównie|chcę|lubię|mam|znam|używam|umiem)(?![\\p{L}'])`,
  'gu',
);

export const WANTING = anyOf(
  "(?:do not|don't|dont|never|no longer|not) (?:really )?(?:want|wanna|wish|plan|care)",
  '(?:will|möchte|mag) (?:ich )?(?:gar |wirklich )?(?:nicht|keine?n?|nie)|no (?:me gustaría|quiero|deseo)|ne (?:veux|voudrais|souhaite) pas|nie chc[ęe]|nie chciał\\p{L}+',
);

export const LEVELS = {
  beginner: anyOf(
    'beginners?|newbie|noob|novice|new to|just (?:started|starting|begun|began)|starting out|(?:a )?(?:little|tiny)(?: bit)?|a bit|basics?|barely|hardly|learning',
    '(?:never|not) (?:really )?(?:programmed|coded)|no experience',
    'anfänger|anfängerin|anfang|einsteiger|neuling|ganz neu|grundlagen|(?:ein )?bisschen|ein wenig|gerade erst|keine erfahrung|nie programmiert',
    'principiante|novat[oa]|básic[oa]s?|empezando|un poco|un poquito|nunca he programado|sin experiencia',
    'débutante?|bases|un peu|commence|jamais programmé',
    'początkując\\p{L}*|podstaw\\p{L}*|trochę|zaczynam|nigdy nie programował\\p{L}*',
  ),
  intermediate: anyOf(
    'intermediate|medium|average|mid(?:-?level)?|so-so|decent|okay|ok',
    'mittel\\p{L}*|mitte|durchschnittlich|ganz okay|intermedi[oa]|medio|regular|intermédiaires?|moyen|moyenne|średni\\p{L}*',
  ),
  advanced: anyOf(
    'advanced|experts?|expertise|professional(?:ly)?|pro|senior|fluent(?:ly)?|very (?:good|well|experienced)|proficient|master(?:ed)?',
    'fortgeschritten\\p{L}*|experte|expertin|profi|sehr gut|fließend|erfahren\\p{L}*|avanzad[oa]|expert[oa]|muy bien|experte?s?|avancée?s?|confirmée?|très bien',
    'zaawansowan\\p{L}*|ekspert\\p{L}*|biegle|bardzo dobrze',
  ),
} as const;
