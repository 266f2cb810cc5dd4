// What a template does with its variables, found when it is loaded and not when a student waits: that each of them exists, that each is
// used, and that no words of a stranger enter a message but marked or quoted.

import {
  BreakTag,
  CaseTag,
  CommentTag,
  ForTag,
  IfTag,
  Output,
  type Template,
  TypeGuards,
  UnlessTag,
  type Value,
} from 'liquidjs';
import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';
import { didYouMean } from '../core/near-names.ts';
import { FILTERS } from './liquid.ts';
import type { TemplateFault } from './schema-lint.ts';
import { itemsOf, memberOf, printedAs, type Reached } from './schema-reach.ts';
import type { TemplateFile, TemplateMessage } from './template-file.ts';

/** A template that was read, by its place among the messages. */
export interface ParsedMessage {
  readonly index: number;
  readonly templates: readonly Template[];
}

type Token = Value['initial']['postfix'][number];
type Scope = ReadonlyMap<string, Reached>;

const FORLOOP: Reached = {
  schemas: [
    {
      type: 'object',
      properties: Object.fromEntries([
        ...['first', 'last'].map((name) => [name, { type: 'boolean' }]),
        ...['index', 'index0', 'rindex', 'rindex0', 'length'].map((name) => [name, { type: 'integer' }]),
      ]),
    },
  ],
};
/** What lets a string in. */
const SAFE: ReadonlySet<string> = new Set(['mark', 'quoted']);
const LOOP_WORDS: ReadonlySet<string> = new Set(['limit', 'offset', 'reversed']);

export function templateFaults(file: TemplateFile, parsed: readonly ParsedMessage[]): readonly TemplateFault[] {
  const analysis = new Analysis(file);
  for (const { index, templates } of parsed) analysis.walkMessage(index, templates);
  // What is not used here stands perhaps in a message that could not be read.
  const isWhole = parsed.length === file.messages.filter((message) => !isHistory(message)).length;
  return [...analysis.faults, ...(isWhole ? unusedIn(file, analysis.used) : [])];
}

class Analysis {
  readonly faults: TemplateFault[] = [];
  readonly used = new Set<string>();
  readonly #variables: Scope;
  #path = '';

  constructor({ input, derived, messages }: TemplateFile) {
    const declared = [input, derived].flatMap((schema) => Object.entries(objectAt(schema, 'properties') ?? {}));
    this.#variables = new Map(declared.map(([name, schema]) => [name, { schemas: [asSchema(schema)] }]));
    for (const message of messages) if (isHistory(message)) this.used.add(message.history);
  }

  walkMessage(index: number, templates: readonly Template[]): void {
    this.#path = `messages[${index}].content`;
    this.#walk(templates, this.#variables);
  }

  #walk(templates: readonly Template[], scope: Scope): void {
    for (const template of templates) this.#visit(template, scope);
  }

  #visit(template: Template, scope: Scope): void {
    if (TypeGuards.isHTMLToken(template.token) || template instanceof CommentTag || template instanceof BreakTag)
      return;
    if (template instanceof Output) this.#print(template, scope);
    else if (template instanceof ForTag) this.#loop(template, scope);
    else if (template instanceof IfTag || template instanceof UnlessTag) {
      for (const { value, templates } of template.branches) {
        this.#test(value, template, scope);
        this.#walk(templates, scope);
      }
      this.#walk(template.elseTemplates ?? [], scope);
    } else if (template instanceof CaseTag) {
      this.#test(template.value, template, scope);
      for (const { values, templates } of template.branches) {
        for (const value of values) this.#reach(value, template, scope);
        this.#walk(templates, scope);
      }
      this.#walk(template.elseTemplates, scope);
    } else this.#tell(template, `${template.token.getText()} is not allowed here`);
  }

  #print(output: Output, scope: Scope): void {
    const { initial, filters } = output.value;
    const [token, ...others] = initial.postfix;
    if (token === undefined || others.length > 0) {
      this.#tell(output, `${output.token.getText()} must name one variable; conditions stand in if`);
      return;
    }
    this.#checkFilters(output.value, output);
    const reached = this.#reach(token, output, scope);
    if (reached === null) return;
    const names = filters.map(({ name }) => name);
    if (names.includes('size')) return;
    const isJoined = names[0] === 'join';
    const printed = isJoined ? itemsOf(reached) : reached;
    const kind = printed === null ? 'list' : printedAs(printed);
    const what = token.getText();
    if (kind === 'list')
      this.#tell(output, `${what} is no single value; go through it by for, or print one of its members`);
    else if (kind === 'stranger' && !names.some((name) => SAFE.has(name))) {
      const remedy = `print it by "| mark" (many lines) or "| quoted" (one line), or list its values by enum`;
      this.#tell(output, `${what} holds words of whoever calls; ${remedy}`);
    }
  }

  #loop(tag: ForTag, scope: Scope): void {
    const { variable, collection, hash } = tag;
    for (const [word, token] of Object.entries(hash.hash)) {
      if (!LOOP_WORDS.has(word)) this.#tell(tag, `for does not know the word ${word}`);
      if (token !== undefined) this.#reach(token, tag, scope);
    }
    if (scope.has(variable))
      this.#tell(tag, `the name ${variable} is taken; call what the loop goes through otherwise`);
    const reached = this.#reach(collection, tag, scope);
    const items = reached && itemsOf(reached);
    if (reached !== null && items === null) this.#tell(tag, `${collection.getText()} is no list`);
    // Where the list is not known, neither is what it holds: nothing is told twice.
    const inner = new Map([...scope, [variable, items ?? { schemas: [] }], ['forloop', FORLOOP]] as const);
    this.#walk(tag.templates, inner);
    this.#walk(tag.elseTemplates, scope);
  }

  #test(value: Value, at: Template, scope: Scope): void {
    for (const token of value.initial.postfix) if (!TypeGuards.isOperatorToken(token)) this.#reach(token, at, scope);
    this.#checkFilters(value, at);
  }

  #checkFilters({ filters }: Value, at: Template): void {
    for (const { name, args } of filters) {
      // Those that do not exist were refused when the template was parsed.
      const isPlain = args.every(
        (arg) => !Array.isArray(arg) && (TypeGuards.isQuotedToken(arg) || TypeGuards.isNumberToken(arg)),
      );
      if (!isPlain || !FILTERS.includes(name)) this.#tell(at, `the filter ${name} takes texts and numbers alone`);
    }
  }

  /** What a name leads to; null: it was told that it leads nowhere, or that it is nothing that may stand there. */
  #reach(token: Token, at: Template, scope: Scope): Reached | null {
    if (TypeGuards.isNumberToken(token) || TypeGuards.isLiteralToken(token)) return { schemas: [{ type: 'number' }] };
    // The template's own words.
    if (TypeGuards.isQuotedToken(token)) return { schemas: [{ const: token.content }] };
    const steps = TypeGuards.isPropertyAccessToken(token) ? stepsOf(token) : null;
    if (steps === null) {
      this.#tell(at, `${token.getText()} is not allowed here: a name, a number or a text in quotes`);
      return null;
    }
    const [root = '', ...rest] = steps;
    const found = scope.get(root);
    if (found === undefined) {
      const names = [...scope.keys()].filter((name) => name !== 'forloop');
      this.#tell(at, `${root} is no variable: neither input nor derived has it.${didYouMean(root, names)}`);
      return null;
    }
    if (this.#variables.get(root) === found) this.used.add(root);
    let reached = found;
    let path = root;
    for (const step of rest) {
      const { member, names } = memberOf(reached, step);
      if (member === null) {
        if (reached.schemas.length > 0) this.#tell(at, `${path} has no ${step}.${didYouMean(step, names)}`);
        return null;
      }
      reached = member;
      path += `.${step}`;
    }
    return reached;
  }

  #tell({ token }: Template, problem: string): void {
    const [line] = token.getPosition();
    this.faults.push({ path: this.#path, problem: `line ${line}: ${problem}` });
  }
}

/** The names of a path, as it stands: nothing of it is looked up in another variable. Null: something is. */
function stepsOf({
  variable,
  props,
}: Parameters<typeof TypeGuards.isPropertyAccessToken>[0]): readonly string[] | null {
  if (variable !== undefined) return null;
  const steps: string[] = [];
  for (const prop of props) {
    const isName = TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop);
    if (!isName) return null;
    steps.push(String(prop.content));
  }
  return steps;
}

/** What is declared is looked at by somebody: a variable that was forgotten in the template changes nothing and looks as if it did. */
function unusedIn({ input, derived, codeOnly }: TemplateFile, used: ReadonlySet<string>): readonly TemplateFault[] {
  const sides = { input, derived };
  const declared = Object.entries(sides).flatMap(([side, schema]) =>
    Object.keys(objectAt(schema, 'properties') ?? {}).map((name) => ({ side, name })),
  );
  const unused = declared.flatMap(({ side, name }) => {
    if (used.has(name) || codeOnly.includes(name)) return [];
    const problem = 'is used by no message; use it, or list it under code_only';
    return [{ path: `${side}.properties.${name}`, problem }];
  });
  const listed = codeOnly.flatMap((name, index) => {
    const path = `code_only[${index}]`;
    if (used.has(name)) return [{ path, problem: `${name} is used by a message: it is not for code alone` }];
    return declared.some((each) => each.name === name)
      ? []
      : [{ path, problem: `${name} is in neither input nor derived` }];
  });
  return [...unused, ...listed];
}

function isHistory(message: TemplateMessage): message is { readonly history: string } {
  return 'history' in message;
}

function asSchema(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
