// Which methods a path takes: Fastify answers a wrong method as it answers a wrong path, so 405 and `Allow` are made here.

interface Known {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

export class RouteTable {
  readonly #routes = new Map<string, Known>();

  add(path: string, method: string | string[]): void {
    const known = this.#routes.get(path) ?? { pattern: patternOf(path), methods: new Set<string>() };
    for (const each of [method].flat()) known.methods.add(each);
    this.#routes.set(path, known);
  }

  /** Empty: there is no such path. */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?');
    const methods = [...this.#routes.values()].flatMap((known) => (known.pattern.test(path) ? [...known.methods] : []));
    return [...new Set(methods)].sort();
  }
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.+';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[^\w-]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
