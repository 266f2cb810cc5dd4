// X11: what code reaches for, also where a text or a comment seems to go on over it.

import { describe, expect, it } from 'vitest';
import { reachedIn } from '../../../src/prompts/tutor/safety.ts';

const reaches = (language: string, code: string) =>
  (reachedIn(code, language, { reach: [], allowed: null }) ?? []).map(({ what, reach }) => `${reach} ${what}`);

describe('what code reaches for', () => {
  it.each([
    [
      'javascript',
      "const a=/[/*]/; const cp=require('child_process'); cp.execSync('id'); /* */",
      'processes child_process',
    ],
    ['javascript', 'const r=/"/; fetch("http://x"); process.exit(); const q=/"/;', 'network fetch'],
    ['javascript', "if (1) /'/.test(''); fetch('x'); /'/", 'network fetch'],
    ['javascript', "const x = 2*/'/.source; fetch('x'); /'/", 'network fetch'],
    ['javascript', 'const x = "a\\\n//"; fetch(y);', 'network fetch'],
    ['javascript', 'const get = fetch;\nget("http://x")', 'network fetch'],
    ['python', "x = 'a\\\n#'; import os\nos.system('id')", 'files os'],
    ['python', "x = 'a\\\n#'; o = 1; open('p')", 'files open'],
    ['python', "x='''\\'''  '''; import os; y=''' '''", 'files os'],
    ['python', `x = f'{"'"}'; import os; y = f'{"'"}'`, 'files os'],
    ['python', 'import \\\n os', 'files os'],
    ['python', 'if True: import os', 'files os'],
    ['python', 'x = 1; from os import system', 'files os'],
    ['python', "o=open\no('/etc/passwd')", 'files open'],
    ['python', "e = eval; e('1')", 'dynamic eval'],
  ])('X11: in %s %j', (language, code, found) => expect(reaches(language, code)).toContain(found));

  it.each([
    ['python', 'open, close = "()"\ndepth = open\n'],
    ['python', 'for open in brackets:\n    last = open\n'],
    ['python', 'def f(open):\n    first = open\n'],
    ['python', '"""It says input(name), or eval(this)."""\nx = {"a": f"{1}"}["a"]\n# open(it)\n'],
    ['javascript', '/**\n * Says prompt(name).\n */\nconst x = "fetch(it)"; // eval(it)\n'],
    ['javascript', 'const half = n / 2; const p = /[a-z]+/g;\n'],
  ])('X11: in %s not %j', (language, code) => expect(reaches(language, code)).toEqual([]));
});
