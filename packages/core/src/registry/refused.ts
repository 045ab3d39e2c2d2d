/** A status nobody asked for, as an error that quotes what the registry says about it. */
import { SealerError } from '../errors/sealer-error.js';
import { type Exchange, errorDetail } from './exchange.js';
import { readErrorText } from './read-answer.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryResponse } from './registry-request.js';

/** @param request what was asked, for the message: `GET of manifest a/b:1` */
export async function refused(exchange: Exchange, response: RegistryResponse, request: string): Promise<Error> {
  const { status } = response;
  const registry = exchange.registry.host;
  const detail = errorDetail(await readErrorText(response));
  // What servers of Go, and nginx, answer on a port of TLS.
  if (status === 400 && /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i.test(detail)) {
    const advice = 'leave --plain-http (plainHttp in registries.yaml) out';
    return registryErrors.REGISTRY_TLS({
      registry,
      reason: 'it speaks TLS on this port, and was asked without',
      advice,
    });
  }
  if (status === 403)
    return registryErrors.REGISTRY_UNAUTHORIZED({
      registry,
      target: request,
      loggedIn: await exchange.hasCredentials(),
      detail,
    });
  return registryErrors.REGISTRY_REFUSED({ registry, request, status, detail });
}

/** The registry misses what a manifest names (distribution specification, "Error Codes"). */
export function lacksBlob(cause: unknown): boolean {
  return SealerError.is(cause) && cause.code === 'REGISTRY_REFUSED' && /BLOB_UNKNOWN/.test(cause.message);
}
