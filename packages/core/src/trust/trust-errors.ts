/** Errors of keys, signatures and the policy by which images are trusted. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const { config, image } = ExitCode;

export const trustErrors = defineErrors({
  TRUST_UNSIGNED: error<{ image: string; digest: string }>({
    exitCode: image,
    about: 'An image that has to be signed has no signature.',
    message: ({ image: name, digest }) => `${name} (${digest}) is not signed`,
    hint: ({ image: name }) =>
      `sign it (\`sealer sign ${name} --key FILE\`), get it again from where it is signed, or choose another policy`,
  }),
  TRUST_SIGNATURE_INVALID: error<{ image: string; digest: string; reasons: readonly string[] }>({
    exitCode: image,
    about: 'A signature of an image is damaged, was altered, or belongs to another image.',
    message: ({ image: name, digest, reasons }) =>
      `the signature of ${name} (${digest}) is not valid: ${reasons.join('; ')}`,
    hint: 'do not use the image; get it and its signature again from where it was published',
  }),
  TRUST_KEY_UNKNOWN: error<{ image: string; digest: string; signatures: number; keys: readonly string[] }>({
    exitCode: image,
    about:
      'An image is signed, but no signature can be verified by a trusted key: another key made it, or it was altered.',
    message: ({ image: name, digest, signatures, keys }) =>
      `none of the ${signatures} signature${signatures === 1 ? '' : 's'} of ${name} (${digest}) was made by ${keys.join(' or ')}`,
    hint: 'if you trust who signed it, add their public key: --key FILE, or a file in trusted-keys/ of the sealer folder',
  }),
  TRUST_SIGNATURES_TOO_FEW: error<{ image: string; digest: string; required: number; found: readonly string[] }>({
    exitCode: image,
    about: 'An image is signed by fewer trusted keys than are asked for.',
    message: ({ image: name, digest, required, found }) =>
      `${name} (${digest}) is signed by ${found.length} of the ${required} trusted keys that are asked for (${found.join(', ')})`,
    hint: 'have it signed by the others too, or ask for fewer signatures',
  }),
  TRUST_NO_KEYS: error<{ wanted: string }>({
    exitCode: config,
    about: 'Signatures are asked for, but no public key says whom to trust.',
    message: ({ wanted }) => `${wanted}, but there is no trusted key`,
    hint: 'put public keys into trusted-keys/ of the sealer folder, name them in config.yaml or the Clusterfile, or give --key FILE',
  }),
  TRUST_KEY_INVALID: error<{ source: string; reason: string }>({
    exitCode: config,
    about: 'A key cannot be read, or is of a kind that images are not signed with.',
    message: ({ source, reason }) => `${source} is no usable key: ${reason}`,
    hint: 'give a PEM file as `sealer keys generate` or `cosign generate-key-pair` writes it: .key to sign, .pub to verify',
  }),
  TRUST_PASSWORD_WRONG: error<{ source: string; given: boolean }>({
    exitCode: config,
    about: 'A private key is encrypted and its password was not given, or is another one.',
    message: ({ source, given }) =>
      `${source} is encrypted and ${given ? 'the password does not open it' : 'no password was given'}`,
    hint: 'give the password by COSIGN_PASSWORD, --password-stdin, or on a terminal when asked',
  }),
  TRUST_KEY_EXISTS: error<{ path: string }>({
    exitCode: ExitCode.usage,
    about: 'A new key would replace one that is there: what was signed with it could not be signed again.',
    message: ({ path }) => `${path} exists`,
    hint: 'choose another name with --output, or move the old key away',
  }),
  TRUST_SETTINGS_INVALID: error<{ path: string; reason: string }>({
    exitCode: config,
    about: "config.yaml in sealer's folder cannot be understood.",
    message: ({ path, reason }) => `${path}: ${reason}`,
    hint: 'docs/user-guide.md, "Trust", says what may be in it',
  }),
  TRUST_ATTACHMENT_MISSING: error<{ image: string; what: string }>({
    exitCode: image,
    about: 'An image carries no software bill of materials or no provenance.',
    message: ({ image: name, what }) => `${name} carries no ${what}`,
    hint: ({ what }) => `build it with --${what}, or get it from where it was published with one`,
  }),
});
