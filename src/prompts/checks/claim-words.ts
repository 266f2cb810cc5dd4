// The words by which a text says how tests went, in the languages in which learners are answered most: English, German, Spanish, French and
// Polish. A language that is missing here is not checked; adding one is adding its words, since word order is not looked at more than needed.

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

export const TEST = words(`test tests testcase testcases testsuite
  testfall testfälle testfällen  prueba pruebas  testy testów testach`);

export const ONE_TEST = words('test testcase testfall prueba');

export const PASS = words(`pass passes passed passing succeed succeeds succeeded green
  bestehen besteht bestanden bestand grün  pasa pasan pasaron supera superan  passe passent réussi réussis réussit réussissent
  przechodzi przechodzą przeszedł przeszły zaliczone zalicza`);

export const FAIL = words(`fail fails failed failing failure failures
  fehl fehlgeschlagen fehlschlagen scheitern scheitert durchgefallen  falla fallan fallaron fallidas  échoue échouent échoué échouées échoués
  zawodzi zawodzą oblane oblany`);

export const ALL = words(`all every each whole entire 100%
  alle allen sämtliche jeder jeden  todas todos  tous toutes chaque  wszystkie wszystkich każdy`);

export const NONE = words(
  `none neither zero  keine keiner keinen kein  ninguna ninguno ningún  aucun aucune  żaden żadne żadnego`,
);

/** "No tests pass" beside Spanish "no pasan": what follows decides. */
export const NO = 'no';

export const NOT = words(`not never cannot can't don't doesn't didn't isn't aren't wasn't weren't won't haven't hasn't
  nicht  nunca  ne pas n  nie`);

export const SOME =
  words(`some several many most few  einige mehrere manche viele meisten  algunas algunos varias muchas mayoría
  certains certaines plusieurs quelques plupart  niektóre kilka większość część`);

/** A part of them: what is said of these is not said of all. */
export const OTHERS = words(
  `other others remaining rest  anderen andere übrigen restlichen  demás otras resto  autres  pozostałe inne reszta`,
);

export const EXCEPT = words('except besides  außer  excepto salvo  sauf  oprócz poza');

export const ALMOST =
  words(`almost nearly mostly partly partially  fast beinahe teilweise größtenteils  casi parcialmente
  presque partiellement  prawie częściowo`);

/** What narrows a statement to some inputs. */
export const NARROWING = words(
  `for on with in that which where about when  für mit bei  para con en que  pour avec dans qui  dla z przy`,
);

export const WITH = words('with mit con avec z');

/** What makes a statement a condition, a wish or a forecast. */
export const CONDITION =
  words(`if once when whenever until till unless before after would will should could might may must shall
  let need needs want try aim goal make makes making ensure so-that
  wenn falls sobald bis damit würde würden wird werden sollte sollten müssen muss könnte
  cuando hasta si para-que debe deben debería pasarán
  quand lorsque jusqu afin pour-que doit doivent devrait
  gdy jeśli jeżeli aby żeby dopóki kiedy powinny powinien będą`);

/** What opens a clause on which the next one depends. */
export const LEADING = words(`if once when whenever until till unless before after to
  wenn falls sobald bis  cuando hasta si  quand lorsque si  gdy jeśli jeżeli kiedy dopóki`);

/** Looks like a condition and holds of everybody who reads it: "if you look, all tests pass", "all tests when run pass". */
export const HOLLOW_CONDITION = new RegExp(
  String.raw`(?<![\p{L}])(?:${[
    `(?:if|when|whenever|once|as) (?:(?:you|we|they|i|it|are|is|'re) ){0,2}(?:look|looked|see|check|checked|run|ran|executed?|notice|like|ask|asked|want to know|wonder|read)`,
    `wenn (?:(?:du|man|sie|ihr|wir|es) ){0,2}(?:genau )?(?:hinsiehst|hinschaust|hinsieht|hinschaut|schaust|siehst|laufen|ausführst|ausführt|willst|magst)`,
    `(?:si|cuando) (?:(?:te|lo|las|los|se) ){0,2}(?:miras|fijas|ves|ejecutas|ejecutan|quieres)`,
    `(?:si|quand) (?:(?:tu|on|vous|les|le|la) ){0,2}(?:regardes|regarde|regardez|lances|lance|vois|veux)`,
    `(?:jeśli|jeżeli|gdy|jak|kiedy) (?:(?:je|się|to) ){0,2}(?:spojrzysz|popatrzysz|uruchomisz|widać|widzisz|chcesz)`,
  ].join(
    '|',
  )})(?: (?:closely|carefully|again|now|it|them|this|at it|at this|at the results|the tests|mal|jetzt|genau|bien|dobrze)){0,2}\s{0,2}(?:,|(?=(?:${[
    ...PASS,
    ...FAIL,
  ].join('|')})(?![\p{L}])))`,
  'gu',
);

/** A test of which that is said has passed. */
export const FINE = words('fine ok okay successful erfolgreich exitosa réussi');

export const SOLUTION = words(`solution code program function implementation answer submission script
  lösung programm funktion  solución código programa función  fonction programme  rozwiązanie kod funkcja implementacja`);

/** The solution as well, where a text is about all of it; of a text about some lines, those. */
export const PRONOUN = words('it this everything  es das alles  esto todo  ceci tout  to wszystko');

/** What may stand between the solution and what is said of it. */
export const LINKING =
  words(`is are looks seems now already completely fully totally entirely absolutely perfectly still yet also very really all
  does do did has been behaves runs quite just
  ist sieht jetzt schon völlig ganz vollständig noch auch sehr  es está ahora ya completamente totalmente muy
  est maintenant déjà tout à fait complètement très  jest teraz już w pełni całkiem całkowicie bardzo`);

export const RIGHT = words(`correct works work working perfect complete flawless solved finished
  richtig korrekt funktioniert perfekt fehlerfrei gelöst  correcta correcto funciona perfecta perfecto
  juste correcte fonctionne marche parfait parfaite  poprawne poprawny poprawna działa prawidłowe prawidłowy bezbłędne`);

export const WRONG = words(`wrong incorrect broken buggy faulty incomplete
  falsch fehlerhaft inkorrekt kaputt unvollständig  incorrecta incorrecto equivocada incompleta  faux fausse incorrecte incomplète
  błędne błędny błędna niepoprawne niepoprawny niepoprawna niekompletne`);

/** After "the solution is correct": what leaves it said of the whole solution. Anything else narrows it. */
export const UNNARROWED =
  words(`correctly perfectly fine well now yet already again as overall too here completely fully entirely great nicely
  gut einwandfrei jetzt wie  bien perfectamente correctamente ahora  correctement parfaitement maintenant  dobrze poprawnie świetnie teraz`);

export const CONJUNCTION = words(
  'and but while whereas  und aber während  y pero mientras  et mais tandis  ale i oraz',
);

export const NUMBERS: ReadonlyMap<string, number> = new Map(
  'zero one two three four five six seven eight nine ten'.split(' ').map((word, value) => [word, value]),
);

/** Of the whole solution, where no single word says it. */
export const RIGHT_PHRASES: readonly RegExp[] = [
  /\byou(?:'ve| have)? (?:now |successfully |correctly |fully |already )*solved (?:it|this|everything|the (?:exercise|problem|task|challenge))\b/,
  /\b(?:this is|you wrote|you have written|you've written) (?:a|the) (?:fully |completely )?(?:correct|perfect|flawless) (?:solution|program|answer|implementation)\b/,
  /\b(?:there are|there is|has|have|contains|found|see) no (?:bugs?|errors?|mistakes?|problems?|issues?)\b/,
  /\bnothing (?:is |else |left |remains ){0,2}(?:for you )?(?:wrong|to fix|to change|to correct)\b/,
  /\bnothing (?:is |else |more |left |remains ){1,2}(?:for you )?to do\b/,
  /^(?:congratulations |congrats |yes |well done |so )?you(?:'ve| have| did)? (?:now |just |successfully |already )?(?:passed|made it)[\s!.]*$/,
  /\byou(?:'ve| have| did)? (?:now |just |successfully |already )?pass(?:ed)? (?:it|this|everything|(?:the|this|your) (?:exercise|problem|task|challenge|assignment|lesson|level))\b/,
  /\b(?:verdict|result|status|outcome) (?:is |was )?(?:a |an? )?(?:clear )?(?:pass|passed|green|success)\b(?! to)/,
  /\b(?:score|grade|mark) (?:is |of )?(?:a\+|an? a\b|full|perfect|100 ?%|(100|10|5) ?\/ ?\1\b)/,
  /\b(?:suite|pipeline|build|board|everything|all) (?:is |are |looks? |turned |went |shows? )?(?:now |all |completely |fully |finally )?green\b/,
  /\b(?:every|each|all)(?: of)?(?: the| your)? checks? (?:now |all )?(?:(?:is|are|has|have) )?(?:now |all )?(?:pass|passes|passed|passing|green|successful|succeeds?|succeeded)\b/,
  /\b(?:every|each|all)(?: of)?(?: the| your)? (?:tests?|checks?) (?:is|are|looks?|runs?|went) (?:all |now |just )?(?:fine|ok|okay|successful|happy)\b/,
  /\bdu hast (?:es |alles |die aufgabe |die übung )?(?:erfolgreich )?(?:bestanden|geschafft|gelöst)\b/,
  /\b(?:alles (?:ist |leuchtet )?grün|es bleibt nichts (?:mehr )?zu tun)\b/,
  /\b(?:has (?:aprobado|superado (?:el ejercicio|la tarea|todo))|todo está en verde|no queda nada (?:más )?por hacer)\b/,
  /\b(?:tu as (?:tout )?réussi(?=[\s!.]*$| l'exercice| cet exercice)|tout est (?:au )?vert|il ne reste (?:plus )?rien à faire)/,
  /(?<![\p{L}])(?:(?:zdałeś|zdałaś|zaliczyłeś|zaliczyłaś)(?=[\s!.]*$| to| zadanie| ćwiczenie| wszystko)|wszystko (?:jest |świeci się )?na zielono)/u,
  /\bready to (?:submit|hand in|be submitted)\b/,
  /\b(?:full|perfect) (?:marks|score)\b/,
];

export const WRONG_PHRASES: readonly RegExp[] = [
  /\byou(?: have|'ve)? failed\b/,
  /\b(?:not|n't) (?:yet )?solved? (?:it|this|the (?:exercise|problem|task|challenge))\b/,
  /\bthis is (?:a|the) (?:wrong|incorrect) (?:solution|answer)\b/,
];
