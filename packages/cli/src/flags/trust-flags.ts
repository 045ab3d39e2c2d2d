/** Flags by which a command is told whose signatures an image needs. */
import { Flags } from '@oclif/core';
import type { TrustDeclaration, TrustPolicy } from '@sealer/core/images';

const policies = ['always', 'if-signed', 'never'] as const;
const about = {
  policy:
    'whether the image must be signed: always, if-signed (a signature that is there must be good; the default), never',
  key: 'public key to trust in place of the configured ones',
  required: 'how many of the trusted keys must have signed (default 1)',
};

const common = {
  'trusted-key': Flags.string({ description: about.key, multiple: true, multipleNonGreedy: true, helpGroup: 'TRUST' }),
  'required-signatures': Flags.integer({ description: about.required, min: 1, helpGroup: 'TRUST' }),
};

/** Where `--policy` is free. */
export const runTrustFlags = {
  policy: Flags.string({ description: about.policy, options: policies, helpGroup: 'TRUST', aliases: ['trust-policy'] }),
  ...common,
};

/** `sealer pull --policy` says when to ask the registry. */
export const pullTrustFlags = {
  'trust-policy': Flags.string({ description: about.policy, options: policies, helpGroup: 'TRUST' }),
  ...common,
};

/** Of a build it is the image FROM names that is looked at. */
export const buildTrustFlags = {
  policy: Flags.string({
    description: `of the image that FROM names: ${about.policy}`,
    options: policies,
    helpGroup: 'TRUST',
    aliases: ['trust-policy'],
  }),
  ...common,
};

export interface ParsedTrustFlags {
  policy?: string | undefined;
  'trusted-key'?: string[] | undefined;
  'required-signatures'?: number | undefined;
}

export function trustDeclaration(flags: ParsedTrustFlags): TrustDeclaration {
  return {
    policy: flags.policy as TrustPolicy | undefined,
    keys: flags['trusted-key'],
    required: flags['required-signatures'],
  };
}
