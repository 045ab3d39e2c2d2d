/**
 * A token server as CNCF distribution wants one (docs/spec/auth: token, jwt, oauth): JWTs signed with ES256, the certificate
 * in x5c. The registry itself verifies them, so a scope that was not asked for is refused by it, not by us.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TokenServerOptions {
  /** PEM: for TLS, and to sign with. */
  key: string;
  cert: string;
  username: string;
  password: string;
  /** An OAuth2 refresh token that is as good as the password. */
  refreshToken: string;
  service: string;
  /** Seconds. Default 300. */
  lifetime?: number;
}

export interface TokenServer extends AsyncDisposable {
  realm: string;
  /** `GET ops repository:team/a:pull` or `POST ...`, `anonymous` without a user. */
  requests: string[];
}

/** Anybody may pull below `public/`; the user may do all. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const requests: string[] = [];
  const server = createServer({ key: options.key, cert: options.cert }, (request, response) => {
    const answer = async () => {
      const url = new URL(request.url ?? '/', 'https://token');
      const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams;
      const right = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
      const refreshed =
        form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === options.refreshToken;
      const given = request.headers.authorization !== undefined || form.has('refresh_token');
      const known = request.headers.authorization === right || refreshed;
      const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
      requests.push(`${request.method} ${known ? options.username : 'anonymous'} ${scopes.join(' ')}`.trim());
      if (given && !known) return response.writeHead(401).end('{"details":"wrong password"}');
      const access = scopes.flatMap((scope) => {
        const [type = '', name = '', actions = ''] = scope.split(':');
        const granted = known ? actions.split(',') : name.startsWith('public/') ? ['pull'] : [];
        return granted.length > 0 ? [{ type, name, actions: granted }] : [];
      });
      const token = jwt(options, known ? options.username : '', access);
      response.setHeader('content-type', 'application/json');
      const named = request.method === 'POST' ? { access_token: token } : { token };
      return response.end(JSON.stringify({ ...named, expires_in: options.lifetime ?? 300 }));
    };
    answer().catch((cause) => response.destroy(cause));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function jwt({ key, cert, service, lifetime = 300 }: TokenServerOptions, subject: string, access: object[]): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(cert).raw.toString('base64')] };
  // A test may have moved Date.
  const now = Math.floor((performance.timeOrigin + performance.now()) / 1000);
  const times = { iat: now, nbf: now - 10, exp: now + lifetime };
  const signed = `${encode(header)}.${encode({ iss: 'test', sub: subject, aud: service, jti: randomUUID(), ...times, access })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
