// Names that need not stand in anybody's code: keywords, built-in functions, types, methods and modules of Python, JavaScript and TypeScript.
// For code of other languages it is too long, and so it lets more pass.

function setOf(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')));
}

/** What a program's structure is made of: these are compared as they are. */
export const KEYWORDS = setOf(
  'and as assert async await break case class const continue def default del do elif else enum except export extends false finally for from ' +
    'function global if implements import in instanceof interface is lambda let match new nonlocal not null of or pass private protected ' +
    'public raise return self static super switch this throw true try typeof undefined var void while with yield None True False',
  'abs all any append dict enumerate filter float input int isinstance join keys len list map max min open print range reduce replace ' +
    'reversed round set slice sorted split str sum tuple type values zip items push pop shift length forEach includes indexOf concat reverse ' +
    'sort Array Map Math Number Object Set String console log parseInt parseFloat JSON',
);

export const BUILT_INS = setOf(
  // Python
  'abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod enumerate ' +
    'eval exec filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len list locals map ' +
    'max memoryview min next object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum ' +
    'super tuple type vars zip self cls args kwargs __init__ __name__ __main__ __repr__ __str__ __eq__ __len__ __iter__ __next__ __enter__ ' +
    '__exit__ __getitem__ __setitem__ __contains__ __add__ __lt__ __hash__ __call__ __dict__',
  'append capitalize casefold center clear copy count decode difference discard encode endswith expandtabs extend find fromkeys get index insert ' +
    'intersection isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isspace issubset issuperset istitle isupper items join ' +
    'keys ljust lower lstrip partition pop popitem remove removeprefix removesuffix replace reverse rfind rindex rjust rsplit rstrip setdefault ' +
    'sort split splitlines startswith strip swapcase title translate union update upper values zfill add read readline readlines write close',
  'math random re sys os json datetime date timedelta time collections itertools functools operator string typing pathlib csv statistics decimal ' +
    'fractions unittest pytest doctest copy heapq bisect Counter defaultdict deque namedtuple OrderedDict chain combinations permutations ' +
    'product reduce partial lru_cache cache wraps dataclass field Optional Union List Dict Tuple Set Any Callable Iterable Iterator Decimal ' +
    'Fraction Path sqrt floor ceil pi inf isclose gcd factorial choice randint shuffle sample seed search findall sub fullmatch group groups ' +
    'finditer sleep now today strftime strptime heappush heappop bisect_left bisect_right argv exit path environ loads dumps load dump',
  // JavaScript and TypeScript
  'Array ArrayBuffer BigInt Boolean Date Error Float64Array Function Infinity Int32Array Intl Iterator JSON Map Math NaN Number Object Promise ' +
    'Proxy Reflect RegExp Set String Symbol Uint8Array WeakMap WeakSet console document fetch globalThis module process require exports setTimeout ' +
    'setInterval clearTimeout window structuredClone parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent constructor prototype',
  'log error warn table at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare match matchAll normalize ' +
    'padEnd padStart repeat replaceAll search slice startsWith substring substr toLowerCase toUpperCase toString trim trimEnd trimStart ' +
    'copyWithin entries every fill filter find findIndex findLast flat flatMap forEach from isArray length map of push reduce reduceRight shift ' +
    'some splice toReversed toSorted toSpliced unshift with has delete size assign create defineProperty freeze fromEntries getOwnPropertyNames ' +
    'hasOwn groupBy isFrozen keys values stringify parse abs cbrt ceil floor hypot max min pow random round sign sqrt trunc toFixed isInteger ' +
    'isSafeInteger then catch finally resolve reject race allSettled bind call apply test exec raw valueOf getTime toISOString addEventListener',
  'any unknown never string number boolean object bigint symbol readonly keyof infer declare namespace abstract override satisfies Record Partial ' +
    'Required Readonly Pick Omit Exclude Extract NonNullable ReturnType Parameters Awaited async await expect describe it test toBe toEqual toThrow',
  // What a lesson calls things by.
  'foo bar baz main args argv expected actual result value output input',
);
