/** Flags of the commands that work on clusters; the names are Go sealer's. */
import { Flags } from '@oclif/core';

export const connectionFlags = {
  user: Flags.string({ char: 'u', description: 'user to log in as (default root)', helpGroup: 'SSH' }),
  passwd: Flags.string({
    char: 'p',
    description: 'password; others can see it in the process list, --passwd-stdin is better',
    helpGroup: 'SSH',
    exclusive: ['passwd-stdin'],
  }),
  'passwd-stdin': Flags.boolean({ description: 'read the password from standard input', helpGroup: 'SSH' }),
  port: Flags.integer({ description: 'port of sshd (default 22)', min: 1, max: 65535, helpGroup: 'SSH' }),
  pk: Flags.string({ description: 'private key (default: the usual ones of ~/.ssh)', helpGroup: 'SSH' }),
  'pk-passwd': Flags.string({ description: 'passphrase of the private key', helpGroup: 'SSH' }),
  'strict-host-keys': Flags.boolean({ description: 'refuse hosts whose ssh key is not known', helpGroup: 'SSH' }),
  concurrency: Flags.integer({ description: 'hosts worked on at once', default: 20, min: 1 }),
};

export const clusterFileFlags = {
  Clusterfile: Flags.string({ char: 'f', description: 'the Clusterfile', aliases: ['file'] }),
  'cluster-name': Flags.string({ char: 'c', description: 'name of the cluster (default my-cluster)' }),
};

export const verifyFlags = {
  verify: Flags.boolean({
    description: 'compare every byte of the files on hosts with the image, not only sizes, times and inodes',
  }),
};

export const desiredFlags = {
  masters: Flags.string({
    char: 'm',
    description: 'masters: addresses, lists a,b and ranges a-b; the first is master0',
  }),
  nodes: Flags.string({ char: 'n', description: 'workers, written like masters' }),
  env: Flags.string({
    char: 'e',
    description: 'environment of templates and scripts, KEY=value',
    multiple: true,
    multipleNonGreedy: true,
  }),
  apps: Flags.string({
    description: 'applications to launch instead of those of the image',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  }),
  cmds: Flags.string({
    description: 'commands to launch instead of those of the image',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
