// GET /openapi.json, and /docs to read it in a browser: all of it served from here, with a policy that lets the page ask nobody else.

import helmet from '@fastify/helmet';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';
import { withPrompts } from '../prompt-document.ts';

export async function docsRoutes(app: FastifyInstance, { service }: GatewayParts): Promise<void> {
  let document = '';
  let promptsInIt = '';
  const config = { access: 'public' } as const;
  app.get('/openapi.json', { schema: { hide: true }, config }, (_request, reply) => {
    // The routes don't change once the server is up; prompts may.
    const prompts = service.prompts.list();
    const hashes = prompts.map(({ hash }) => hash).join();
    if (document === '' || hashes !== promptsInIt) {
      document = JSON.stringify(withPrompts(JSON.parse(JSON.stringify(app.swagger())), prompts));
      promptsInIt = hashes;
    }
    return reply.type('application/json; charset=utf-8').send(document);
  });
  app.get('/', { schema: { hide: true }, config }, (_request, reply) => reply.redirect('/docs'));
  await app.register(async (scope) => {
    // Scalar makes its routes itself.
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...config };
    });
    await scope.register(helmet, {
      // Whether a name is served by TLS is for the proxy in front to say.
      hsts: false,
      // Scalar's page starts with an inline script and writes its styles from one; over plain HTTP an upgrade would break it.
      contentSecurityPolicy: {
        directives: {
          'default-src': ["'self'"],
          'script-src': ["'self'", "'unsafe-inline'"],
          'style-src': ["'self'", "'unsafe-inline'"],
          'img-src': ["'self'", 'data:'],
          'font-src': ["'self'", 'data:'],
          'connect-src': ["'self'"],
          'upgrade-insecure-requests': null,
        },
      },
    });
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'private, max-age=600');
      done();
    });
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        pageTitle: 'codementor-llm API',
        url: '/openapi.json',
        withDefaultFonts: false,
        showDeveloperTools: 'never',
        telemetry: false,
        hideClientButton: true,
        agent: { disabled: true },
      },
    });
  });
}
