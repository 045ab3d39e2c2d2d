/**
 * The parts of undici that registries need. Loading all of it (fetch, caches, websockets) would take a third of the time
 * of a push that has nothing to send, so its files are named one by one; package.json pins the version they are of.
 */
import { createRequire } from 'node:module';
import type { Agent, Dispatcher, EnvHttpProxyAgent } from 'undici';

const load = createRequire(import.meta.url);

export function agentClass(): typeof Agent {
  return load('undici/lib/dispatcher/agent.js');
}

/** Obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export function proxyAgentClass(): typeof EnvHttpProxyAgent {
  return load('undici/lib/dispatcher/env-http-proxy-agent.js');
}

/** One request and its answer, whatever the status; no redirect is followed. */
export async function sendRequest(
  dispatcher: Dispatcher,
  url: URL,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Dispatcher.ResponseData> {
  const request: (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData> = load(
    'undici/lib/api/api-request.js',
  );
  return await request.call(dispatcher, { ...options, origin: url.origin, path: `${url.pathname}${url.search}` });
}
