// The words of P2, in English, German, Spanish, French and Polish, lower-case and without accents. A list is never whole: it holds what learners
// say of themselves when they are asked about themselves.

export type ProtectedKind =
  | 'gender'
  | 'ethnicity'
  | 'religion'
  | 'health'
  | 'income'
  | 'sexual orientation'
  | 'politics'
  | 'family'
  | 'age';

type Lists = Readonly<Record<ProtectedKind, string>>;

function tableOf(lists: Partial<Lists>): ReadonlyMap<string, ProtectedKind> {
  const kinds: readonly ProtectedKind[] = [
    'gender',
    'ethnicity',
    'religion',
    'health',
    'income',
    'sexual orientation',
    'politics',
    'family',
    'age',
  ];
  return new Map(
    kinds
      .flatMap((kind) => (lists[kind] ?? '').split(' | ').map((word) => [word.trim(), kind] as const))
      .filter(([word]) => word !== ''),
  );
}

/** Names of attributes. */
export const PROTECTED_KEYS = tableOf({
  gender: 'gender | sex | pronouns | geschlecht | genero | sexo | genre | sexe | plec',
  ethnicity:
    'race | ethnicity | ethnic origin | ethnic group | nationality | skin color | skin colour | citizenship | immigration status | ethnie | ' +
    'herkunft | nationalitat | staatsangehorigkeit | hautfarbe | raza | etnia | nacionalidad | origine ethnique | nationalite | rasa | ' +
    'pochodzenie | narodowosc | obywatelstwo',
  religion:
    'religion | faith | belief | beliefs | creed | glaube | konfession | religione | religia | wyznanie | fe | foi | confession',
  health:
    'health | health status | disability | disabilities | disease | illness | diagnosis | medical condition | mental health | medication | ' +
    'gesundheit | behinderung | krankheit | diagnose | salud | discapacidad | enfermedad | diagnostico | sante | handicap | maladie | ' +
    'diagnostic | zdrowie | niepelnosprawnosc | choroba | diagnoza',
  income:
    'income | salary | wage | wealth | net worth | household income | socioeconomic status | einkommen | gehalt | vermogen | ingresos | ' +
    'salario | sueldo | revenu | revenus | salaire | dochod | zarobki | pensja',
  'sexual orientation':
    'sexual orientation | sexuality | orientation | sexuelle orientierung | sexualitat | orientacion sexual | sexualidad | ' +
    'orientation sexuelle | sexualite | orientacja seksualna | seksualnosc',
  politics:
    'politics | political view | political views | political party | party affiliation | political affiliation | trade union | union ' +
    'membership | politik | partei | politische einstellung | politica | partido | ideologia | politique | parti | polityka | partia | ' +
    'poglady polityczne | poglady',
  family:
    'marital status | relationship status | pregnancy | family status | familienstand | schwangerschaft | estado civil | embarazo | ' +
    'etat civil | situation familiale | grossesse | stan cywilny | ciaza',
  age:
    'age | birthday | date of birth | birth date | year of birth | alter | geburtsdatum | edad | fecha de nacimiento | date de naissance | ' +
    'wiek | data urodzenia',
});

/** Words that are hardly ever said of anything but people, wherever they stand. */
export const PROTECTED_ANYWHERE = tableOf({
  gender:
    'transgender | nonbinary | non-binary | genderfluid | cisgender | transsexual | transfrau | transmann | transexual | transgenre',
  ethnicity:
    'african american | african-american | afro-american | latina | latinx | hispanic | caucasian | black woman | black man | black person | ' +
    'black girl | black boy | white woman | white man | white person | asian woman | asian man | person of color | person of colour | ' +
    'people of color | native american | roma woman | undocumented immigrant | afroamericana | afroamericano | afrodescendiente | ' +
    'afro-americain | afroamerykanin | afroamerykanka',
  religion:
    'muslim | muslima | moslem | hindu | buddhist | christian faith | catholic | catholics | protestant | jehovah | mormon | atheist | agnostic | ' +
    'muslimin | buddhistin | katholisch | evangelisch | katholikin | katholik | atheistin | judisch | jude | judin | musulman | musulmana | ' +
    'musulmane | catolico | catolica | catholique | budista | bouddhiste | ateo | atea | athee | judio | judia | juif | juive | jewish | ' +
    'muzulmanin | muzulmanka | katolik | katoliczka | ateista | ateistka | buddysta | buddystka | zydowka',
  health:
    'pregnant | schwanger | embarazada | hiv | hiv-positive | bipolar disorder | schizophrenia | schizophrenic | epilepsy | diabetic | ' +
    'wheelchair user | multiple sclerosis | diabetikerin | diabetiker | epilepsie | rollstuhlfahrer | rollstuhlfahrerin | epilepsia | ' +
    'esquizofrenia | diabetica | schizophrenie | diabetique | cukrzyce | cukrzyca | padaczka | padaczke | schizofrenia | schizofrenie',
  'sexual orientation':
    'lesbian | bisexual | homosexual | heterosexual | pansexual | asexual | lesbisch | bisexuell | homosexuell | heterosexuell | lesbiana | ' +
    'lesbienne | bisexuel | bisexuelle | homosexuel | homosexuelle | lesbijka | biseksualny | biseksualna | homoseksualny | homoseksualna | ' +
    'gejem | lesbijka',
});

/** What somebody is: these words mean it only behind "I am" or "as a". */
export const PROTECTED_BEING = tableOf({
  gender:
    'woman | man | girl | boy | female | male | mother | father | mom | dad | trans | frau | mann | madchen | junge | mutter | vater | weiblich | ' +
    'mannlich | mujer | hombre | chica | chico | madre | padre | femme | homme | fille | garcon | mere | pere | kobieta | mezczyzna | ' +
    'dziewczyna | chlopak | mezczyzna | matka | ojciec | mezczyzna | kobieta',
  ethnicity:
    'black | white | asian | latino | arab | african | indian | roma | immigrant | refugee | schwarz | weiss | asiatin | asiate | araber | ' +
    'araberin | fluchtling | negro | negra | arabe | refugiado | refugiada | inmigrante | noir | noire | refugie | refugiee | immigre | immigree | ' +
    'czarnoskory | czarnoskora | uchodzca | imigrant | imigrantka',
  religion:
    'christian | jew | sikh | religious | islam | christianity | judaism | buddhism | hinduism | ramadan | christ | christin | glaubig | cristiano | cristiana | ' +
    'religioso | religiosa | chretien | chretienne | croyant | croyante | chrzescijanin | chrzescijanka | wierzacy | wierzaca | protestante',
  income:
    'poor | rich | unemployed | homeless | arm | reich | arbeitslos | obdachlos | pobre | rico | rica | desempleado | desempleada | pauvre | ' +
    'riche | biedny | biedna | bogaty | bogata | bezrobotny | bezrobotna',
  'sexual orientation': 'gay | queer | straight | schwul | gai | gej | homo | bi',
  politics:
    'republican | democrat | conservative | liberal | socialist | communist | leftist | libertarian | anarchist | feminist | right-wing | ' +
    'left-wing | konservativ | sozialist | sozialistin | kommunist | kommunistin | links | rechts | republicano | republicana | democrata | ' +
    'conservador | conservadora | socialista | comunista | feminista | republicain | republicaine | conservateur | socialiste | ' +
    'communiste | feministe | konserwatysta | konserwatystka | socjalista | komunista | liberalem | vote for | voted for',
});

/** What somebody is or has: behind "I have" and "my" as well. */
export const PROTECTED_HAD = tableOf({
  health:
    'disabled | blind | deaf | autistic | autism | adhd | dyslexia | dyslexic | depression | depressed | anxiety | cancer | diabetes | chronic illness | ' +
    'disability | disorder | ptsd | ocd | bipolar | sick | ill | asthma | behindert | blind | taub | gehorlos | autist | autistin | autismus | ' +
    'ads | adhs | legasthenie | depressionen | krebs | krank | asthma | discapacitado | discapacitada | ciego | ciega | sordo | sorda | autista | ' +
    'autismo | tdah | dislexia | cancer | asma | enfermo | enferma | discapacidad | depresion | ansiedad | handicape | handicapee | aveugle | ' +
    'sourd | sourde | autiste | dyslexie | dyslexique | malade | asthme | anxiete | enceinte | niepelnosprawny | niepelnosprawna | niewidomy | ' +
    'niewidoma | gluchy | glucha | autyzm | dysleksja | dysleksje | depresje | depresja | chory | chora | astme | raka | w ciazy',
  income:
    'salary | income | welfare | earn | gehalt | einkommen | verdiene | sueldo | salario | ingresos | gano | salaire | revenu | gagne | chomage | ' +
    'zarabiam | pensja | pensje | zarobki',
  family:
    'married | divorced | single mother | single mom | single father | single parent | widow | widower | husband | wife | boyfriend | girlfriend | ' +
    'verheiratet | geschieden | alleinerziehend | witwe | ehemann | ehefrau | casado | casada | divorciado | divorciada | viuda | marido | ' +
    'esposa | marie | mariee | divorce | divorcee | mari | epouse | zonaty | zamezna | rozwiedziony | rozwiedziona | maz | zona',
  age: 'years old | year old | year-old | jahre alt | anos | ans',
});
