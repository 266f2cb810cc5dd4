// The routes there are, from the router itself: which methods a path takes (Fastify answers a wrong method as it answers a wrong
// path, so 405 and `Allow` are made here), and who may use each.

import type { RouteOptions } from 'fastify';
import type { Access } from './access.ts';

/** One method of one path, and who may use it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly access: Access;
}

interface Known {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

export class RouteTable {
  readonly #byPath = new Map<string, Known>();
  readonly #added: RouteOptions[] = [];

  add(route: RouteOptions & { readonly path: string }): void {
    // Its `config` is read when all are there: the plugin that the route belongs to may still add to it.
    this.#added.push(route);
    const known = this.#byPath.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set<string>() };
    for (const method of [route.method].flat()) known.methods.add(method);
    this.#byPath.set(route.url, known);
  }

  /** Empty: there is no such path. */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?');
    const methods = [...this.#byPath.values()].flatMap((known) => (known.pattern.test(path) ? [...known.methods] : []));
    return [...new Set(methods)].sort();
  }

  /** The path that was meant where the base URL of a client has a `/v1` or an `/openai` too few or too many; null: nobody knows. */
  meantBy(url: string): string | null {
    const [path = ''] = url.split('?');
    const rest = path.replace(/^(?:\/(?:v1|openai)(?=\/))+/, '');
    if (rest === '/') return null;
    const roots = path.startsWith('/openai/') || path.startsWith('/v1/openai/') ? ['/openai/v1', '/v1'] : ['/v1'];
    const meant = [...roots, ''].map((root) => root + rest);
    // As the route is written: what comes from outside is not repeated.
    const known = meant.flatMap((each) => [...this.#byPath].find(([, { pattern }]) => pattern.test(each))?.[0] ?? []);
    return known[0] ?? null;
  }

  /** Throws for a route that does not say who may use it. */
  routes(): Route[] {
    return this.#added.flatMap(({ method, url, config }) => {
      const access = config?.access;
      if (access === undefined)
        throw new Error(`The route ${method} ${url} does not say who may use it: give it config: { access: … }`);
      return [method].flat().map((each) => ({ method: each, path: url, access }));
    });
  }
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.+';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[^\w-]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
