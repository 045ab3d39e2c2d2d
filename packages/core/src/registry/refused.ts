/** A status nobody asked for, as an error that quotes what the registry says about it. */
import { SealerError } from '../errors/sealer-error.js';
import { type Exchange, errorDetail, type RegistryResponse } from './exchange.js';
import { readErrorText } from './read-answer.js';
import { registryErrors } from './registry-errors.js';

/** @param request what was asked, for the message: `GET of manifest a/b:1` */
export async function refused(exchange: Exchange, response: RegistryResponse, request: string): Promise<Error> {
  const { status } = response;
  const registry = exchange.registry.host;
  const detail = errorDetail(await readErrorText(response));
  if (status === 403)
    return registryErrors.REGISTRY_UNAUTHORIZED({ registry, target: request, loggedIn: true, detail });
  return registryErrors.REGISTRY_REFUSED({ registry, request, status, detail });
}

/** The registry misses what a manifest names (distribution specification, "Error Codes"). */
export function lacksBlob(cause: unknown): boolean {
  return SealerError.is(cause) && cause.code === 'REGISTRY_REFUSED' && /BLOB_UNKNOWN/.test(cause.message);
}
