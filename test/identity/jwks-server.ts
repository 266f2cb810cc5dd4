// Somebody's sign-in: an HTTP server that publishes signing keys, and signs tokens with them. It counts every request, whatever for.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://login.example.org/';
export const AUDIENCE = 'codementor';

export interface SignIn {
  readonly url: string;
  readonly port: number;
  /** Paths that were asked. */
  readonly asked: string[];
  /** How it answers from now on, instead of with its keys. */
  answer: ((path: string) => { status: number; headers?: Record<string, string>; body?: string | Buffer }) | null;
  /** It takes requests and never answers. */
  isFrozen: boolean;
  readonly pairs: Readonly<Record<'rsa' | 'ec', GenerateKeyPairResult>>;
  /** Makes a new RSA key and publishes it beside the others. */
  rotate(kid: string): Promise<GenerateKeyPairResult>;
  published: JWK[];
  close(): Promise<void>;
}

/** RSA keys take their time, so the tests of a file share them. */
const ours = pairs();

function pairs(): Promise<GenerateKeyPairResult>[] {
  return ['RS256', 'ES256'].map((alg) => generateKeyPair(alg, { extractable: true }));
}

export async function startSignIn({ isStranger = false } = {}): Promise<SignIn> {
  const [rsa, ec] = await Promise.all(isStranger ? pairs() : ours);
  if (rsa === undefined || ec === undefined) throw new Error('There are two pairs');
  const jwk = async (pair: GenerateKeyPairResult, kid: string, alg: string): Promise<JWK> => ({
    ...(await exportJWK(pair.publicKey)),
    kid,
    alg,
    use: 'sig',
  });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    signIn.asked.push(path);
    if (signIn.isFrozen) return;
    const told = signIn.answer?.(path) ?? { status: 200, body: JSON.stringify({ keys: signIn.published }) };
    response.writeHead(told.status, { 'content-type': 'application/json', ...told.headers }).end(told.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const signIn: SignIn = {
    url: `http://127.0.0.1:${port}`,
    port,
    asked: [],
    answer: null,
    isFrozen: false,
    pairs: { rsa, ec },
    published: [await jwk(rsa, 'rsa-1', 'RS256'), await jwk(ec, 'ec-1', 'ES256')],
    async rotate(kid) {
      const pair = await generateKeyPair('RS256', { extractable: true });
      signIn.published = [...signIn.published, await jwk(pair, kid, 'RS256')];
      return pair;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return signIn;
}

export interface TokenOptions {
  readonly header?: Readonly<Record<string, unknown>>;
  /** Undefined leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

/** A token that is in order at the time that is told, but for what is said of it. */
export function tokenOf(
  signIn: SignIn,
  nowMs: number,
  { header = {}, claims = {}, key }: TokenOptions = {},
): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const payload: JWTPayload = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    tenant: 'acme',
    iat: nowSeconds,
    exp: nowSeconds + 3_600,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', ...header })
    .sign(key ?? signIn.pairs.rsa.privateKey, { crit: { 'x-unknown': true } });
}
