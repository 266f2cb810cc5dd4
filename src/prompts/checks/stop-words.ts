// The words that make up a third of any text, by language: written down by hand from common lists, those that several neighbours share among
// them too, since only what differs decides.

const LISTS: Readonly<Record<string, string>> = {
  en:
    'the a an and or of to in is are was be been it its this that these those for with as on at by from you your we our they their he she ' +
    "not but if then so do does did what which how when where why who can will would should could have has had there here it's don't i me my " +
    'let more than one into about each now try look well just also because before after like need want make use get very good great',
  de:
    'der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war wird werden wurde sein hat haben ' +
    'ich du er sie es wir ihr dein deine deinen deiner mein meine sich zu zum zur in im an am auf für mit von vom bei aus nach über unter ' +
    'wenn dann als wie was wer wo warum dass weil so auch noch nur schon mehr sehr kann kannst können muss musst soll dich dir mir mich uns ' +
    'diese dieser dieses jede jeder jedes gut schau hier da doch mal denn damit durch um vor',
  fr:
    "le la les un une des du de d'un d'une au aux et ou mais ne pas plus est sont était être a as ont avoir il elle on nous vous tu te toi je " +
    'ils elles ton ta tes votre vos mon ma mes son sa ses leur ce cet cette ces cela ça qui que quoi quel quelle dont où quand comment ' +
    "pourquoi dans en sur sous avec sans pour par chez si alors comme aussi très bien peut peux faire fait c'est qu'il qu'un n'est " +
    "lorsque chaque donc car puis avant après même encore toujours tout tous toute y se s'il j'ai l'on",
  es:
    'el la los las un una unos unas de del al a y o e pero no es son está están era ser estar fue ha has han haber que qué quién cuál cómo ' +
    'cuándo dónde por para con sin en sobre entre hasta desde se te me nos le les lo tu tus su sus mi mis yo tú él ella usted nosotros si sí ' +
    'cuando como más muy bien también ya este esta estos estas eso esto ese esa cada puede puedes hacer hay porque todo todos donde antes ' +
    'después pues así aquí ahora',
  it:
    'il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla in nel nella nei nelle con su ' +
    'sul sulla per tra fra e ed o ma non è sono era essere ha hai hanno avere che chi cosa quale come quando dove perché se si ti mi ci vi tu ' +
    'io lui lei noi voi loro tuo tua tuoi tue suo sua questo questa questi queste quello quella ogni più molto bene anche già ancora puoi può ' +
    'fare quindi così qui ora dopo prima poi',
  pt:
    'o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às e ou mas não é são está estão era ser estar foi tem tens têm ter ' +
    'que quem qual como quando onde por porque para com sem sobre entre até se te me lhe você vocês tu eu ele ela nós eles seu sua seus suas ' +
    'teu tua meu minha este esta isto esse essa isso cada mais muito bem também já pode podes fazer há pelo pela num numa então aqui agora ' +
    'depois antes todo todos',
  nl:
    'de het een en of maar niet geen is zijn was waren wordt worden werd heeft hebben heb had ik jij je hij zij ze het we wij jullie u jouw ' +
    'mijn uw dit dat deze die wat wie waar hoe wanneer waarom in op aan van voor met bij uit naar over onder door om te als dan zo ook nog ' +
    'al meer heel zeer goed kan kun kunt moet zal zou er hier daar omdat want elke elk iets nu eens dus tot toch zich',
  pl:
    'i w we z ze na do od po za o u dla przez pod nad przed przy bez ale lub albo czy nie tak to jest są był była było być będzie ma masz ' +
    'mają mieć się ja ty on ona ono my wy oni co kto jak gdzie kiedy dlaczego który która które ten ta te tego tej tym tych twój twoja twoje ' +
    'mój jego jej ich każdy każda każde więcej bardzo dobrze też już jeszcze tylko może możesz jeśli jeżeli gdy bo więc oraz ci cię mi tu ' +
    'teraz potem a',
  cs:
    'a i v ve z ze na do od po za o u pro při před pod nad bez ale nebo či ne ano to je jsou byl byla bylo být bude má máš mají mít se si já ' +
    'ty on ona ono my vy oni co kdo jak kde kdy proč který která které ten ta tento tato toto toho tím těch tvůj tvoje tvá můj jeho její ' +
    'jejich každý každá každé více velmi dobře také už ještě jen může můžeš pokud když protože tedy tak aby jsi jsem ti tě mi zde nyní pak že',
  ro:
    'un o unei unui și sau dar nu este sunt era fi fost are ai au am avea al a ale cel cea cei cele de la în din pe cu fără pentru prin până ' +
    'între sub peste că ce cine care cum când unde dacă atunci ca mai foarte bine și-a tu eu el ea noi voi ei ele tău ta tale meu mea său sa ' +
    'acest această acestea acela fiecare poți poate face se te îți îi îl le lor deci aici acum după înainte deja încă tot toate când ' +
    'pentru-că asta să vei va',
  tr:
    'bir ve veya ya da de ama fakat değil mi mı mu mü ne kim nasıl nerede neden niçin hangi bu şu o bunu bunun şunu ben sen biz siz onlar ' +
    'senin benim onun bizim sizin için ile gibi kadar göre daha çok en iyi var yok olan olarak olduğunu olur olması eğer ise her şey sonra ' +
    'önce şimdi burada orada zaman ki hem hiç sadece bile bana sana ona seni beni onu içinde üzerinde ardından çünkü',
  sv:
    'en ett den det de och eller men inte ingen är var vara blir bli har hade jag du han hon vi ni din ditt dina min mitt mina sin sitt sina ' +
    'som att av till från för med på i om vid ur efter under över mellan genom när då så hur vad vem var varför vilken vilka här där också ' +
    'mer mycket bra kan ska skulle måste kommer dig mig sig oss er denna detta dessa varje bara redan än nu sedan alla något någon eftersom',
  da:
    'en et den det de og eller men ikke ingen er var være bliver blive har havde jeg du han hun vi I din dit dine min mit mine sin sit sine ' +
    'som at af til fra for med på i om ved ud efter under over mellem gennem når da så hvordan hvad hvem hvor hvorfor hvilken her der også ' +
    'mere meget godt kan skal skulle må kommer dig mig sig os jer denne dette disse hver kun allerede end nu alle noget nogen fordi',
  no:
    'en ei et den det de og eller men ikke ingen er var være blir bli har hadde jeg du han hun vi dere din ditt dine min mitt mine sin sitt ' +
    'sine som at av til fra for med på i om ved ut etter under over mellom gjennom når da så hvordan hva hvem hvor hvorfor hvilken her der ' +
    'også mer mye bra kan skal skulle må kommer deg meg seg oss denne dette disse hver bare allerede enn nå alle noe noen fordi',
  fi:
    'ja tai mutta ei en et on ovat oli olivat olla ole hän minä sinä me te he se ne tämä nämä tuo mikä mitä kuka miten missä milloin miksi ' +
    'joka jotka jos kun niin kuin että koska vain myös vielä jo nyt sitten tässä siinä sen sitä tätä sinun minun sinulla voi voit pitää täytyy ' +
    'hyvin enemmän kaikki jokainen ennen jälkeen kanssa ilman sekä eli joten',
  hu:
    'a az egy és vagy de nem is van volt vannak lesz lehet hogy ha mert mint mi ki hol mikor miért hogyan melyik ez azt ezt ezek azok én te ő ' +
    'mi ti ők a csak már még most itt ott így úgy akkor után előtt között minden több nagyon jó kell tudod meg el fel be le neked ' +
    'nekem benne róla amely ami aki ahol amikor tehát',
  id:
    'yang dan atau tetapi tidak bukan adalah ini itu di ke dari pada untuk dengan oleh dalam akan sudah telah bisa dapat harus kamu anda saya ' +
    'kita kami mereka dia ia apa siapa bagaimana kapan mengapa mana jika maka karena seperti lebih sangat baik juga hanya setiap ada sebuah ' +
    'satu agar saat setelah sebelum lagi masih semua mu nya',
  vi:
    'và hoặc nhưng không là của có được cho với trong trên dưới từ đến ở này đó các những một bạn tôi em anh chị chúng ta họ nó gì ai nào sao ' +
    'khi nếu thì vì như để mà rằng cũng đã đang sẽ rất hơn nhất lại ra vào phải cần hãy mỗi tất cả đây bằng theo về sau trước chỉ còn nên hay',
  ru:
    'и в во не на я что он она они мы вы ты с со как а то все это этот эта эти его её ее их но да к у же за бы по из от о об для при или если ' +
    'когда где кто какой какая какие который которая которые почему чтобы так уже ещё еще только можно нужно есть был была было были быть ' +
    'будет твой твоя твоё твои мой свой себя тебя тебе мне очень более здесь там теперь потом каждый каждая до перед после нет',
  uk:
    'і й в у не на я що він вона вони ми ви ти з зі із як а то все це цей ця ці його її їх але так до за б би по від о об для при або якщо ' +
    'коли де хто який яка які чому щоб вже ще тільки можна треба потрібно є був була було були бути буде твій твоя твоє твої мій свій себе ' +
    'тебе тобі мені дуже більше тут там тепер потім кожен кожна перед після немає та чи під',
  bg:
    'и в във не на аз какво той тя то те ние вие ти с със как а но да се си са е беше бъде ще до за от по при или ако когато къде кой коя кои ' +
    'който която които защо вече още само може трябва има няма твоят твоя твоето твоите мой свой теб мен много повече тук там сега след ' +
    'преди всеки всяка това този тази тези чрез без като',
};

export const STOP_WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(LISTS).map(([language, words]) => [language, new Set(words.split(' '))]),
);
