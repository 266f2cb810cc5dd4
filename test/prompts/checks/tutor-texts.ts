// What a tutor might say, in the languages that the check of languages knows: written for it, with the terms of the trade in them that such
// texts have. Each has at least the twelve words that are needed to tell.

export const TUTOR_TEXTS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'Your loop stops one element too early. Look at the value that `range` ends with: what happens for a list with one item?',
    'Good work so far! The function returns the right result for positive numbers. Try it with a negative one and watch what changes in line three.',
    'A dictionary maps keys to values. When you need to count things, it is often the simplest choice, because you can look up each key directly.',
    'Welcome back, Ada! Last time we worked on list comprehensions. Would you like to continue there, or start a new exercise about soccer statistics?',
    'Python raises an `IndexError` when an index is out of range. Print the length of the list before the loop to see where this goes wrong.',
  ],
  de: [
    'Deine Schleife endet ein Element zu früh. Schau dir an, wo `range` aufhört: Was passiert bei einer Liste mit nur einem Eintrag?',
    'Gut gemacht! Die Funktion liefert für positive Zahlen das richtige Ergebnis. Probiere sie mit einer negativen Zahl aus und beobachte, was sich ändert.',
    'Ein Dictionary ordnet Schlüsseln Werte zu. Wenn du etwas zählen willst, ist es oft die einfachste Wahl, weil du jeden Schlüssel direkt nachschlagen kannst.',
    'Willkommen zurück, Ada! Letztes Mal haben wir an List Comprehensions gearbeitet. Möchtest du dort weitermachen oder eine neue Aufgabe über Fußball beginnen?',
    'Python wirft einen `IndexError`, wenn ein Index außerhalb der Liste liegt. Gib vor der Schleife die Länge aus, um zu sehen, wo es schiefgeht.',
  ],
  fr: [
    "Ta boucle s'arrête un élément trop tôt. Regarde où se termine `range` : que se passe-t-il pour une liste avec un seul élément ?",
    'Bon travail ! La fonction renvoie le bon résultat pour les nombres positifs. Essaie-la avec un nombre négatif et observe ce qui change.',
    "Un dictionnaire associe des clés à des valeurs. Quand tu dois compter des choses, c'est souvent le choix le plus simple.",
    'Bon retour, Ada ! La dernière fois, nous avons travaillé sur les list comprehensions. Veux-tu continuer ou commencer un nouvel exercice ?',
    "Python lève une `IndexError` quand un indice est hors limites. Affiche la longueur de la liste avant la boucle pour voir où est l'erreur.",
  ],
  es: [
    'Tu bucle termina un elemento antes de tiempo. Mira dónde acaba `range`: ¿qué pasa con una lista que tiene un solo elemento?',
    '¡Buen trabajo! La función devuelve el resultado correcto para números positivos. Pruébala con un número negativo y observa qué cambia.',
    'Un diccionario asocia claves con valores. Cuando necesitas contar cosas, suele ser la opción más sencilla, porque puedes buscar cada clave directamente.',
    '¡Hola de nuevo, Ada! La última vez trabajamos con list comprehensions. ¿Quieres seguir ahí o empezar un ejercicio nuevo sobre fútbol?',
    'Python lanza un `IndexError` cuando un índice está fuera de rango. Imprime la longitud de la lista antes del bucle para ver dónde falla.',
  ],
  it: [
    'Il tuo ciclo si ferma un elemento troppo presto. Guarda dove finisce `range`: che cosa succede con una lista di un solo elemento?',
    'Ottimo lavoro! La funzione restituisce il risultato giusto per i numeri positivi. Provala con un numero negativo e osserva che cosa cambia.',
    'Un dizionario associa chiavi a valori. Quando devi contare delle cose è spesso la scelta più semplice, perché puoi cercare ogni chiave direttamente.',
    "Bentornata, Ada! L'ultima volta abbiamo lavorato sulle list comprehension. Vuoi continuare da lì o iniziare un nuovo esercizio sul calcio?",
    'Python solleva un `IndexError` quando un indice è fuori dai limiti. Stampa la lunghezza della lista prima del ciclo per vedere dove sbaglia.',
  ],
  pt: [
    'O teu ciclo termina um elemento cedo demais. Vê onde o `range` acaba: o que acontece com uma lista que tem um só elemento?',
    'Bom trabalho! A função devolve o resultado certo para números positivos. Experimenta com um número negativo e observa o que muda.',
    'Um dicionário associa chaves a valores. Quando você precisa contar coisas, ele é muitas vezes a escolha mais simples, porque pode procurar cada chave.',
    'Bem-vinda de volta, Ada! Da última vez trabalhamos com list comprehensions. Você quer continuar ali ou começar um novo exercício sobre futebol?',
    'O Python lança um `IndexError` quando um índice está fora do intervalo. Imprima o tamanho da lista antes do laço para ver onde falha.',
  ],
  nl: [
    'Je lus stopt een element te vroeg. Kijk eens waar `range` eindigt: wat gebeurt er bij een lijst met maar één element?',
    'Goed gedaan! De functie geeft het juiste resultaat voor positieve getallen. Probeer haar eens met een negatief getal en kijk wat er verandert.',
    'Een dictionary koppelt sleutels aan waarden. Als je iets wilt tellen, is dat vaak de eenvoudigste keuze, omdat je elke sleutel direct kunt opzoeken.',
    'Welkom terug, Ada! De vorige keer werkten we aan list comprehensions. Wil je daar verdergaan of met een nieuwe oefening over voetbal beginnen?',
    'Python geeft een `IndexError` als een index buiten de lijst valt. Print de lengte voor de lus om te zien waar het misgaat.',
  ],
  pl: [
    'Twoja pętla kończy się o jeden element za wcześnie. Sprawdź, gdzie kończy się `range`: co się stanie dla listy z jednym elementem?',
    'Dobra robota! Funkcja zwraca poprawny wynik dla liczb dodatnich. Wypróbuj ją z liczbą ujemną i zobacz, co się zmieni w trzecim wierszu.',
    'Słownik przypisuje kluczom wartości. Kiedy chcesz coś policzyć, to często najprostszy wybór, bo każdy klucz możesz sprawdzić bezpośrednio.',
    'Witaj ponownie, Ada! Ostatnio pracowaliśmy nad list comprehensions. Czy chcesz kontynuować, czy zacząć nowe ćwiczenie o piłce nożnej?',
    'Python zgłasza `IndexError`, gdy indeks jest poza zakresem. Wypisz długość listy przed pętlą, żeby zobaczyć, w którym miejscu jest błąd.',
  ],
  cs: [
    'Tvůj cyklus končí o jeden prvek příliš brzy. Podívej se, kde končí `range`: co se stane u seznamu s jediným prvkem?',
    'Dobrá práce! Funkce vrací správný výsledek pro kladná čísla. Vyzkoušej ji se záporným číslem a sleduj, co se změní na třetím řádku.',
    'Slovník přiřazuje klíčům hodnoty. Když potřebuješ něco počítat, je to často nejjednodušší volba, protože každý klíč můžeš najít přímo.',
    'Vítej zpět, Ado! Minule jsme pracovali na list comprehensions. Chceš tam pokračovat, nebo začít nové cvičení o fotbale?',
    'Python vyvolá `IndexError`, když je index mimo rozsah. Vypiš délku seznamu před cyklem, abys viděla, kde se to pokazí.',
  ],
  ro: [
    'Bucla ta se oprește cu un element prea devreme. Uită-te unde se termină `range`: ce se întâmplă pentru o listă cu un singur element?',
    'Bună treabă! Funcția întoarce rezultatul corect pentru numere pozitive. Încearcă cu un număr negativ și observă ce se schimbă.',
    'Un dicționar asociază chei cu valori. Când vrei să numeri ceva, este adesea cea mai simplă alegere, pentru că poți căuta fiecare cheie direct.',
    'Bine ai revenit, Ada! Data trecută am lucrat la list comprehensions. Vrei să continui de acolo sau să începi un exercițiu nou?',
    'Python ridică un `IndexError` când un indice este în afara intervalului. Afișează lungimea listei înainte de buclă ca să vezi unde greșește.',
  ],
  tr: [
    'Döngün bir eleman erken bitiyor. `range` nerede bitiyor, ona bak: tek elemanı olan bir liste için ne olur ve neden böyle?',
    'Çok iyi iş! Fonksiyon pozitif sayılar için doğru sonucu veriyor. Bir de negatif bir sayı ile dene ve ne değiştiğine bak.',
    'Sözlük, anahtarları değerlere bağlar. Bir şeyleri saymak istediğinde çoğu zaman en kolay yol budur, çünkü her anahtara doğrudan bakabilirsin.',
    'Tekrar hoş geldin Ada! Geçen sefer list comprehension ile çalıştık. Oradan devam etmek mi istersin, yoksa futbol ile ilgili yeni bir alıştırma mı?',
    'Python, bir indeks aralık dışında ise `IndexError` verir. Nerede yanlış gittiğini görmek için döngüden önce listenin uzunluğunu yazdır.',
  ],
  sv: [
    'Din loop slutar ett element för tidigt. Titta på var `range` slutar: vad händer för en lista med bara ett element?',
    'Bra jobbat! Funktionen ger rätt resultat för positiva tal. Prova den med ett negativt tal och se vad som ändras på rad tre.',
    'En dictionary kopplar nycklar till värden. När du vill räkna något är den ofta det enklaste valet, eftersom du kan slå upp varje nyckel direkt.',
    'Välkommen tillbaka, Ada! Förra gången arbetade vi med list comprehensions. Vill du fortsätta där eller börja på en ny övning om fotboll?',
    'Python ger ett `IndexError` när ett index är utanför listan. Skriv ut längden före loopen för att se var det går fel.',
  ],
  vi: [
    'Vòng lặp của bạn dừng sớm hơn một phần tử. Hãy xem `range` kết thúc ở đâu: điều gì xảy ra với danh sách chỉ có một phần tử?',
    'Làm tốt lắm! Hàm trả về kết quả đúng cho các số dương. Hãy thử với một số âm và xem điều gì thay đổi.',
    'Từ điển gắn khóa với giá trị. Khi bạn cần đếm một thứ gì đó, đây thường là lựa chọn đơn giản nhất vì bạn có thể tra từng khóa.',
    'Chào mừng bạn trở lại, Ada! Lần trước chúng ta đã học về list comprehension. Bạn muốn tiếp tục hay bắt đầu một bài tập mới?',
  ],
  ru: [
    'Твой цикл заканчивается на один элемент раньше. Посмотри, где останавливается `range`: что будет со списком, в котором только один элемент?',
    'Хорошая работа! Функция возвращает правильный результат для положительных чисел. Попробуй вызвать её с отрицательным числом и посмотри, что изменится.',
    'Словарь связывает ключи со значениями. Когда нужно что-то посчитать, это часто самый простой выбор, потому что каждый ключ можно найти сразу.',
    'С возвращением, Ада! В прошлый раз мы работали с list comprehensions. Ты хочешь продолжить или начать новое упражнение про футбол?',
  ],
  uk: [
    'Твій цикл закінчується на один елемент раніше. Подивись, де зупиняється `range`: що буде зі списком, у якому лише один елемент?',
    'Гарна робота! Функція повертає правильний результат для додатних чисел. Спробуй викликати її з відʼємним числом і подивись, що зміниться.',
    'Словник пов’язує ключі зі значеннями. Коли потрібно щось порахувати, це часто найпростіший вибір, бо кожен ключ можна знайти одразу.',
    'З поверненням, Адо! Минулого разу ми працювали з list comprehensions. Ти хочеш продовжити чи почати нову вправу про футбол?',
  ],
  ja: [
    'ループが一つ早く終わっています。`range` がどこで止まるか見てみましょう。要素が一つだけのリストではどうなりますか？',
    'よくできました！正の数では関数は正しい結果を返します。負の数でも試して、何が変わるか確認してみましょう。',
    'Python の dictionary はキーと値を結びつけます。数を数えたいときには、キーを直接調べられるので、もっとも簡単な方法です。',
  ],
  zh: [
    '你的循环提前一个元素就结束了。看看 `range` 在哪里停止：如果列表只有一个元素，会发生什么？',
    '做得很好！对于正数，函数返回正确的结果。再用一个负数试试，观察第三行有什么变化。',
    'Python 的 dictionary 把键和值对应起来。需要计数的时候，这往往是最简单的选择，因为可以直接查找每个键。',
  ],
  ko: [
    '반복문이 요소 하나만큼 일찍 끝납니다. `range` 가 어디에서 멈추는지 보세요. 요소가 하나뿐인 리스트에서는 어떤 일이 일어날까요?',
    '잘했어요! 양수에 대해서는 함수가 올바른 결과를 돌려줍니다. 이제 음수로도 한번 시도해 보고 무엇이 달라지는지 살펴보세요.',
  ],
  ar: [
    'تنتهي حلقتك قبل عنصر واحد من النهاية. انظر أين يتوقف `range`: ماذا يحدث لقائمة فيها عنصر واحد فقط؟',
    'عمل جيد! تعيد الدالة النتيجة الصحيحة للأعداد الموجبة. جرّبها الآن مع عدد سالب ولاحظ ما الذي يتغير في السطر الثالث.',
  ],
  he: [
    'הלולאה שלך נגמרת איבר אחד מוקדם מדי. בדקי איפה `range` נעצר: מה קורה עם רשימה שיש בה רק איבר אחד?',
    'עבודה טובה! הפונקציה מחזירה את התוצאה הנכונה עבור מספרים חיוביים. נסי אותה עם מספר שלילי ובדקי מה משתנה בשורה השלישית.',
  ],
  hi: [
    'आपका लूप एक तत्व पहले ही रुक जाता है। देखिए कि `range` कहाँ समाप्त होता है: केवल एक तत्व वाली सूची के साथ क्या होता है?',
    'बहुत अच्छा काम! यह फ़ंक्शन धनात्मक संख्याओं के लिए सही परिणाम देता है। अब इसे किसी ऋणात्मक संख्या के साथ आज़माइए।',
  ],
};
