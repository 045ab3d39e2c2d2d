/** Asks a realm for a token. It may have moved; user and password stay with the server they are for, whatever it says. */
import type { FetchToken } from './authorizer.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryRequest, RegistryResponse } from './registry-request.js';

/** How requests are sent, and where they may be sent on to. */
export interface TokenWay {
  send(
    url: URL,
    call: Pick<RegistryRequest, 'method' | 'body'>,
    headers: Record<string, string>,
  ): Promise<RegistryResponse>;
  /** @throws REGISTRY_PROTOCOL for an address that is none, or an open line */
  redirect(location: string, from: URL): URL;
  /** For messages. */
  registry: string;
}

const redirects = [301, 302, 303, 307, 308];
const mostRedirects = 5;

/** @throws REGISTRY_PROTOCOL when it redirects in circles, or would take a refresh token elsewhere */
export async function requestToken(
  realm: URL,
  request: Parameters<FetchToken>[1],
  way: TokenWay,
): Promise<RegistryResponse> {
  const refuse = (reason: string) =>
    registryErrors.REGISTRY_PROTOCOL({ registry: way.registry, request: `the token request to ${realm.host}`, reason });
  let url = realm;
  let { method, body } = request;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const { authorization, ...others } = request.headers;
    const headers = { ...others, ...(authorization && url.host === realm.host ? { authorization } : {}) };
    const response = await way.send(url, { method, ...(body ? { body } : {}) }, headers);
    const location = [response.headers.location].flat()[0];
    if (!redirects.includes(response.status) || location === undefined) return response;
    await response.body.dump();
    url = way.redirect(location, url);
    // As browsers and other clients do it: only 307 and 308 repeat a POST.
    if (response.status < 307) [method, body] = ['GET', undefined];
    // A refresh token in the body is as good as a password.
    if (body !== undefined && url.host !== realm.host) throw refuse(`it redirects to ${url.protocol}//${url.host}`);
  }
  throw refuse('it redirects in circles');
}
