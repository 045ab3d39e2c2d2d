/** Flags of the commands that talk to a registry. */
import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import type { PullPolicy } from '@sealer/core/images';

export const authfileFlag = {
  authfile: Flags.string({
    description:
      'file of logins, in place of all others (default: those of sealer, podman and docker, or $REGISTRY_AUTH_FILE)',
    helpGroup: 'REGISTRY',
  }),
};

export const registryFlags = {
  'plain-http': Flags.boolean({ description: 'http in place of https', helpGroup: 'REGISTRY' }),
  'skip-tls-verify': Flags.boolean({ description: "do not look at the registry's certificate", helpGroup: 'REGISTRY' }),
  ...authfileFlag,
};

const policies = ['missing', 'always', 'never'] as const;

/** Where images are used that may be in a registry still. */
export const pullFlag = {
  pull: Flags.string({
    description:
      'when to pull the image, given with its registry: missing (it is not here), always (ask for a newer one; so --pull alone), never',
    options: policies,
    default: 'missing',
    helpGroup: 'REGISTRY',
  }),
};

export interface ParsedRegistryFlags {
  'plain-http'?: boolean | undefined;
  'skip-tls-verify'?: boolean | undefined;
  authfile?: string | undefined;
  pull?: string | undefined;
}

/** `--pull` alone is docker's way to say `--pull always`; oclif wants a value of every flag that may have one. */
export function withBarePull(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, at) => {
    const isFlag = word === '--pull' && (end < 0 || at < end);
    return isFlag && !(policies as readonly string[]).includes(argv[at + 1] ?? '') ? '--pull=always' : word;
  });
}

/** What core asks for; unsaid flags leave the user's registries.yaml to decide. */
export function registryAccess(flags: ParsedRegistryFlags, command: { sealerHome: string; signal: AbortSignal }) {
  return { sealerHome: command.sealerHome, signal: command.signal, ...accessFlags(flags) };
}

export function accessFlags(flags: ParsedRegistryFlags) {
  return {
    ...(flags['plain-http'] ? { plainHttp: true } : {}),
    ...(flags['skip-tls-verify'] ? { skipTlsVerify: true } : {}),
    ...(flags.authfile ? { authFile: resolve(flags.authfile) } : {}),
  };
}

export function pullPolicy(flags: ParsedRegistryFlags): PullPolicy {
  return (flags.pull ?? 'missing') as PullPolicy;
}
