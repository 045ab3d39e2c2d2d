/** Flags of the commands that talk to a registry. */
import { Flags } from '@oclif/core';

export const registryFlags = {
  'plain-http': Flags.boolean({ description: 'http in place of https', helpGroup: 'REGISTRY' }),
  'skip-tls-verify': Flags.boolean({ description: "do not look at the registry's certificate", helpGroup: 'REGISTRY' }),
};

/** What core asks for; unsaid flags leave the user's registries.yaml to decide. */
export function registryAccess(
  flags: { 'plain-http'?: boolean; 'skip-tls-verify'?: boolean },
  command: { sealerHome: string; signal: AbortSignal },
) {
  return {
    sealerHome: command.sealerHome,
    signal: command.signal,
    ...(flags['plain-http'] ? { plainHttp: true } : {}),
    ...(flags['skip-tls-verify'] ? { skipTlsVerify: true } : {}),
  };
}
