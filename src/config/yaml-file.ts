// Reads the YAML text: `${NAME}` from the environment, amounts of money by their source text (0.10 as a float is no longer
// 0.10), and everything that is wrong as faults with the path in the file.

import { isMap, isPair, isScalar, isSeq, parseDocument, type Scalar, visit } from 'yaml';
import type { Fault } from './faults.ts';

const MONEY_KEYS = new Set(['usd_per_day', 'usd_per_month', 'input', 'cached_input', 'output']);
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export interface YamlFile {
  /** Plain data; what it is worth is for the schema to say. */
  readonly content: unknown;
  /** Paths whose value came from variables: an error doesn't show what it found there. */
  readonly referring: ReadonlySet<string>;
  readonly faults: readonly Fault[];
}

export function readYaml(text: string, fileName: string, variable: (name: string) => string | null): YamlFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = problem.linePos?.[0] ?? { line: 1, col: 1 };
    const why = problem.message.split('\n')[0]?.replace(/ at line.*/, '') ?? '';
    return {
      content: {},
      referring: new Set(),
      faults: [
        { where: `${fileName}:${line}:${col}`, found: null, write: `mend the YAML: ${why}${quoteHint(text, line)}` },
      ],
    };
  }
  const referring = new Set<string>();
  const faults: Fault[] = [];
  visit(document, {
    Pair(_, pair) {
      // A section that is named and left empty is a section that isn't there.
      if (isScalar(pair.value) && pair.value.value === null) return visit.REMOVE;
      const isMoney = isScalar(pair.key) && MONEY_KEYS.has(String(pair.key.value));
      if (isMoney && isScalar(pair.value) && typeof pair.value.value === 'number')
        pair.value.value = pair.value.source ?? '';
      return undefined;
    },
    Scalar(role, scalar, ancestors) {
      if (role === 'key' || typeof scalar.value !== 'string' || !scalar.value.includes('${')) return;
      const path = pathOf([...ancestors, scalar]);
      referring.add(path);
      resolve(scalar, variable, (name) => {
        const write = `set the variable ${name}, or write the value in place of it`;
        faults.push({ where: `${fileName}: ${path}`, found: `\${${name}}, which is not set`, write });
      });
    },
  });
  try {
    return { content: document.toJS() ?? {}, referring, faults };
  } catch (error) {
    // The one thing left that can throw: aliases that would grow without end.
    const why = error instanceof Error ? error.message : String(error);
    return { content: {}, referring, faults: [{ where: fileName, found: null, write: `mend the YAML: ${why}` }] };
  }
}

/** A brace of `${NAME}` without quotes begins a section in YAML, of which the parser has no more to say than that it is none. */
function quoteHint(text: string, line: number): string {
  const [reference] = (text.split('\n')[line - 1] ?? '').match(REFERENCE) ?? [];
  return reference === undefined ? '' : `. Inside braces and brackets a variable stands in quotes: "${reference}"`;
}

function resolve(scalar: Scalar, variable: (name: string) => string | null, missing: (name: string) => void): void {
  scalar.value = String(scalar.value).replace(REFERENCE, (reference, name: string) => {
    const value = variable(name);
    if (value === null) missing(name);
    return value ?? reference;
  });
}

function pathOf(ancestors: readonly unknown[]): string {
  let path = '';
  for (const [depth, node] of ancestors.entries()) {
    const child = ancestors[depth + 1];
    if (isPair(node)) path += `${path === '' ? '' : '.'}${isScalar(node.key) ? String(node.key.value) : '?'}`;
    else if (isSeq(node)) path += `[${node.items.indexOf(child)}]`;
    else if (!isMap(node) && !isScalar(node)) path = '';
  }
  return path;
}
