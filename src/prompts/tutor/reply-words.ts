// What the tutor says where no model's words are used: to a student in danger, in samples, and where no answer would do. In the languages
// that we have words for.

interface ReplyWords {
  /** Names no number to call: which is the right one depends on where the student is, and a wrong one is worse than none. */
  readonly danger: string;
  readonly greet: string;
  readonly end: string;
  readonly solved: string;
  readonly talk: string;
  /** In its place where it was said already, the first that was not. */
  readonly talkMore: string;
  readonly talkOn: string;
}

const en: ReplyWords = {
  danger:
    'Thank you for saying that. You matter more than any exercise, and you should not be alone with this. Please talk now to somebody you trust, or call the emergency number or a crisis line where you are. I am a program and cannot help with this the way a person can, so I have asked for a person to look.',
  greet: 'Hello! Tell me what you are working on, and what you would like to understand.',
  end: 'Good work today. What you tried yourself stays longest, so take one idea of it with you, and come back when you like.',
  solved:
    'All tests that were run pass. Go once more through your code and say in your own words why it works; that is what makes it yours.',
  talk: 'I have no good answer to that just now. Say it once more in other words, or describe what you expected and what you saw instead; both together show where to look.',
  talkMore:
    'For now I cannot say more about it than this: take the smallest example you can think of, and note each value on paper as your program runs. The first one that surprises you is the place to begin.',
  talkOn:
    'My answer to this is still missing. Write down what you have tried so far and what came of each attempt; with that, we can go on from the last step that did what you wanted.',
};

const de: ReplyWords = {
  danger:
    'Danke, dass du das sagst. Du bist wichtiger als jede Aufgabe, und du solltest damit nicht allein sein. Bitte sprich jetzt mit jemandem, dem du vertraust, oder ruf den Notruf oder ein Krisentelefon an deinem Ort an. Ich bin ein Programm und kann dabei nicht so helfen wie ein Mensch, deshalb habe ich darum gebeten, dass ein Mensch hinsieht.',
  greet: 'Hallo! Sag mir, woran du arbeitest und was du verstehen möchtest.',
  end: 'Gut gearbeitet. Was du selbst versucht hast, bleibt am längsten: Nimm einen Gedanken davon mit, und komm wieder, wann du magst.',
  solved:
    'Alle Tests, die gelaufen sind, bestehen. Geh noch einmal durch deinen Code und sag mit eigenen Worten, warum er funktioniert; dann gehört er dir.',
  talk: 'Darauf habe ich gerade keine gute Antwort. Sag es noch einmal mit anderen Worten, oder beschreibe, was du erwartet und was du gesehen hast; beides zusammen zeigt, wo man suchen muss.',
  talkMore:
    'Mehr als das kann ich im Moment nicht dazu sagen: Nimm das kleinste Beispiel, das dir einfällt, und schreib jeden Wert auf, während dein Programm läuft. Der erste, der dich überrascht, ist die Stelle, an der du anfangen kannst.',
  talkOn:
    'Meine Antwort darauf fehlt noch. Schreib auf, was du schon versucht hast und was dabei herauskam; dann können wir vom letzten Schritt aus weitergehen, der noch gestimmt hat.',
};

const es: ReplyWords = {
  danger:
    'Gracias por decirlo. Tú importas más que cualquier ejercicio, y no deberías estar a solas con esto. Por favor, habla ahora con alguien de confianza, o llama al número de emergencias o a una línea de ayuda de donde estás. Soy un programa y no puedo ayudarte con esto como una persona, por eso he pedido que una persona lo vea.',
  greet: '¡Hola! Dime en qué estás trabajando y qué te gustaría entender.',
  end: 'Buen trabajo. Lo que has intentado por ti mismo es lo que más dura: llévate una idea, y vuelve cuando quieras.',
  solved:
    'Todas las pruebas ejecutadas pasan. Recorre tu código una vez más y di con tus palabras por qué funciona; así lo haces tuyo.',
  talk: 'Ahora mismo no tengo una buena respuesta. Dilo otra vez con otras palabras, o describe qué esperabas y qué viste; las dos cosas juntas muestran dónde mirar.',
  talkMore:
    'Por el momento solo puedo decirte esto: toma el ejemplo más pequeño que se te ocurra y anota cada valor en un papel mientras corre tu programa. El primero que te sorprenda es el lugar por donde empezar.',
  talkOn:
    'Mi respuesta a esto todavía falta. Escribe lo que ya has intentado y qué resultó de cada intento; con eso podemos seguir desde el último paso que salió bien.',
};

const fr: ReplyWords = {
  danger:
    "Merci de le dire. Tu comptes plus que n'importe quel exercice, et tu ne devrais pas rester seul avec cela. Parle maintenant à une personne de confiance, ou appelle le numéro d'urgence ou une ligne d'écoute là où tu es. Je suis un programme et je ne peux pas t'aider comme une personne le peut, alors j'ai demandé qu'une personne regarde.",
  greet: 'Bonjour ! Dis-moi sur quoi tu travailles et ce que tu voudrais comprendre.',
  end: 'Bon travail. Ce que tu as essayé toi-même reste le plus longtemps : garde une idée, et reviens quand tu veux.',
  solved:
    "Tous les tests exécutés passent. Parcours encore une fois ton code et dis avec tes mots pourquoi il fonctionne ; c'est ainsi qu'il devient le tien.",
  talk: "Je n'ai pas de bonne réponse à cela pour le moment. Redis-le avec d'autres mots, ou décris ce que tu attendais et ce que tu as vu ; les deux ensemble montrent où regarder.",
  talkMore:
    "Pour l'instant, je peux seulement te dire ceci : prends le plus petit exemple qui te vienne et note chaque valeur sur une feuille pendant que ton programme tourne. La première qui te surprend est l'endroit où commencer.",
  talkOn:
    'Ma réponse manque encore. Écris ce que tu as déjà essayé et ce que chaque essai a donné ; avec cela, nous pourrons repartir de la dernière étape qui marchait.',
};

const pl: ReplyWords = {
  danger:
    'Dziękuję, że to mówisz. Jesteś ważniejszy niż każde ćwiczenie i nie powinno się z tym zostawać samemu. Porozmawiaj teraz z kimś, komu ufasz, albo zadzwoń na numer alarmowy lub telefon zaufania tam, gdzie jesteś. Jestem programem i nie mogę w tym pomóc tak jak człowiek, dlatego jest prośba, żeby spojrzał na to człowiek.',
  greet: 'Cześć! Powiedz, nad czym pracujesz i co chcesz zrozumieć.',
  end: 'Dobra robota. To, czego próbujesz samodzielnie, zostaje najdłużej: zabierz ze sobą jedną myśl i wróć, kiedy chcesz.',
  solved:
    'Wszystkie uruchomione testy przechodzą. Przejdź jeszcze raz przez swój kod i powiedz własnymi słowami, dlaczego działa; wtedy jest naprawdę twój.',
  talk: 'Nie mam teraz na to dobrej odpowiedzi. Powiedz to jeszcze raz innymi słowami albo opisz, czego się spodziewasz i co widzisz; jedno i drugie razem pokazuje, gdzie szukać.',
  talkMore:
    'Na razie mogę powiedzieć tylko tyle: weź najmniejszy przykład, jaki przychodzi ci do głowy, i zapisz na kartce każdą wartość, gdy program działa. Pierwsza, która cię zaskoczy, to miejsce, od którego warto zacząć.',
  talkOn:
    'Mojej odpowiedzi na to wciąż brakuje. Zapisz, co już było sprawdzone i co z tego wyszło; wtedy można iść dalej od ostatniego kroku, który się udał.',
};

export const REPLY_WORDS = { en, de, es, fr, pl };

/** Several, because a conversation with the offline model must not repeat itself either. */
export const SAMPLE_REPLIES = [
  'A model would now take up your newest message and help with one step.',
  'Here the tutor would say one thing about your work and leave the rest to you.',
  'With a key for a vendor, this place holds a reply to what you just wrote.',
];
