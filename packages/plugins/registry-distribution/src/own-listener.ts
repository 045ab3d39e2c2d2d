/** What answers at the registry's port is asked who it is: the process of our service, and nobody else, is the registry. */
import { type Host, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';
import { service } from './places.js';
import { registryErrors } from './registry-errors.js';

export function whoListens(host: Host, port: number): Promise<string> {
  return host.query.output(script(scripts.whoListens, service, String(port)));
}

/** @throws REGISTRY_PORT_TAKEN, REGISTRY_NOT_RUNNING */
export async function expectOwnListener(host: Host, port: number): Promise<void> {
  const holder = await whoListens(host, port);
  if (holder === 'none') throw registryErrors.REGISTRY_NOT_RUNNING({ host: host.name, port, service });
  if (holder !== 'own') throw registryErrors.REGISTRY_PORT_TAKEN({ host: host.name, port, holder });
}
