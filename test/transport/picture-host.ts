// A host of pictures as the public network has them: HTTPS, under a name that a certificate of its own stands for (valid until 2126;
// its key guards nothing). It is reached by a checked address being led to its port, and keeps what it was asked.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';

export const PICTURE_HOST = 'pictures.example.org';
/** Public, and nobody's: no packet ever goes there. */
export const PUBLIC_ADDRESS = '93.184.215.14';

const PICTURE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOb1DIQYEkC0AiENn
f+q+eW9P/zdeHHOr7Jvb1XnGnOuhRANCAAT4hWpty1Q4wEAu5jqoU/bWGuldp3NO
+0rR1LqVAn2Wmj6I+T+d4XPd/M8fckFvzlc9DBxT8wS169JpYwO/QE7+
-----END PRIVATE KEY-----`;

export const PICTURE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBtzCCAVygAwIBAgIUchOg8tWa6bpVvNUtR+8mwL9Y2FMwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUcGljdHVyZXMuZXhhbXBsZS5vcmcwIBcNMjYxMTI2MTY0MzIz
WhgPMjEyNjExMDIxNjQzMjNaMB8xHTAbBgNVBAMMFHBpY3R1cmVzLmV4YW1wbGUu
b3JnMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+IVqbctUOMBALuY6qFP21hrp
XadzTvtK0dS6lQJ9lpo+iPk/neFz3fzPH3JBb85XPQwcU/MEtevSaWMDv0BO/qN0
MHIwHQYDVR0OBBYEFK/xgZn7kl4gSivUmocGbJAUQT/OMB8GA1UdIwQYMBaAFK/x
gZn7kl4gSivUmocGbJAUQT/OMA8GA1UdEwEB/wQFMAMBAf8wHwYDVR0RBBgwFoIU
cGljdHVyZXMuZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSQAwRgIhANAwk8IOSGJt
HSI6J55fE3rFhFI+2sCN/BhzLukuNqIwAiEAsMAHeKsBxQSSW6bfwpV2YpiFOkkG
NpVIO4q+8HS3FXs=
-----END CERTIFICATE-----`;

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface PictureHost {
  readonly port: number;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

export async function startPictureHost(answer: (reply: ServerResponse, path: string) => void): Promise<PictureHost> {
  const asked: PictureHost['asked'] = [];
  const server: Server = createServer({ key: PICTURE_KEY, cert: PICTURE_CERTIFICATE }, (request, reply) => {
    const path = request.url ?? '';
    asked.push({ path, headers: request.headers });
    answer(reply, path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, asked, close };
}

export function sendPicture(reply: ServerResponse, type = 'image/png', bytes: Buffer = PNG): void {
  reply.writeHead(200, { 'content-type': type }).end(bytes);
}
