/** Lists of a registry come in pages; each names the next one in a Link header (RFC 8288; distribution specification, "Pagination"). */
import { parseObject } from '../image/manifest-document.js';
import type { Scope } from './authorizer.js';
import { type Exchange, errorDetail } from './exchange.js';
import { readDocument, readErrorText } from './read-answer.js';
import { refused } from './refused.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryResponse } from './registry-request.js';

export interface ListRequest {
  /** Below the registry's address. */
  path: string;
  scope: Scope;
  /** For messages: what is listed. */
  target: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** No list anybody reads has so many pages: a registry that goes on longer counts in circles. */
const mostPages = 10_000;

export interface Page {
  document: Record<string, unknown>;
  response: RegistryResponse;
}

/** @throws REGISTRY_NOT_FOUND, REGISTRY_PROTOCOL when pages go in circles or to another host */
export async function* pagesOf(exchange: Exchange, request: ListRequest): AsyncGenerator<Page> {
  const { path, scope, target, headers, signal } = request;
  const registry = exchange.registry.host;
  const seen = new Set<string>();
  let url: URL | undefined = new URL(path, exchange.registry);
  while (url) {
    seen.add(url.href);
    const response: RegistryResponse = await exchange.send({
      method: 'GET',
      url,
      scope,
      signal,
      ...(headers ? { headers } : {}),
    });
    if (response.status === 404) {
      const detail = errorDetail(await readErrorText(response));
      throw registryErrors.REGISTRY_NOT_FOUND({ registry, target, detail });
    }
    if (response.status !== 200) throw await refused(exchange, response, `GET of ${path}`);
    yield { document: await listDocument(exchange, response, request), response };
    const link = nextLink(response.headers.link);
    const next: URL | undefined = link !== undefined && URL.canParse(link, url.href) ? new URL(link, url) : undefined;
    const strange = link !== undefined && (!next || next.origin !== url.origin);
    if (strange || (next && (seen.has(next.href) || seen.size >= mostPages))) {
      throw registryErrors.REGISTRY_PROTOCOL({ registry, request: path, reason: `its next page is ${link}` });
    }
    url = next;
  }
}

async function listDocument(exchange: Exchange, response: RegistryResponse, { path, target }: ListRequest) {
  const bytes = await readDocument(response, target);
  try {
    return parseObject(bytes, target);
  } catch {
    const said = /^\s*</.test(bytes.toString('utf8', 0, 200)) ? 'it is an HTML page' : 'it is not a JSON object';
    throw registryErrors.REGISTRY_PROTOCOL({ registry: exchange.registry.host, request: path, reason: said });
  }
}

function nextLink(header: string | string[] | undefined): string | undefined {
  for (const text of header === undefined ? [] : [header].flat()) {
    const link = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(text)?.[1];
    if (link !== undefined) return link;
  }
  return undefined;
}
