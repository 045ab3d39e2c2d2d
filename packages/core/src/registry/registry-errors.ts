/** Errors of talking to image registries. Addresses in messages hold no credentials. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const exitCode = ExitCode.image;

export const registryErrors = defineErrors({
  REGISTRY_UNREACHABLE: error<{ registry: string; reason: string; advice: string }>({
    exitCode,
    about: 'A registry does not answer, or the connection breaks again and again. The message says what was seen.',
    message: ({ registry, reason }) => `registry ${registry} cannot be reached: ${reason}`,
    hint: ({ advice }) => advice,
  }),
  REGISTRY_TLS: error<{ registry: string; reason: string; advice: string }>({
    exitCode,
    about: "A registry's certificate has expired, is for another name or not trusted, or it does not speak TLS.",
    message: ({ registry, reason }) => `the TLS connection to registry ${registry} failed: ${reason}`,
    hint: ({ advice }) => advice,
  }),
  UPLOAD_UNREADABLE: error<{ registry: string; what: string; reason: string }>({
    exitCode,
    about: 'What was to be sent to a registry cannot be read on this machine.',
    message: ({ registry, what, reason }) => `${what} cannot be read to be sent to registry ${registry}: ${reason}`,
    hint: 'this is about the disk here, not the network: check the store, then load, pull or build the image again',
  }),
  REGISTRY_UNAUTHORIZED: error<{ registry: string; target: string; loggedIn: boolean; detail: string }>({
    exitCode,
    about: 'A registry wants credentials, or refuses the ones it got.',
    message: ({ registry, target, loggedIn, detail }) =>
      `registry ${registry} refuses access to ${target}${loggedIn ? ' with the credentials it got' : ' without credentials'}${detail ? `: ${detail}` : ''}`,
    hint: ({ registry }) => `log in: sealer login ${registry} -u USER; logins of docker and podman are found as well`,
  }),
  REGISTRY_NOT_FOUND: error<{ registry: string; target: string; detail: string }>({
    exitCode,
    about: 'A registry does not have the image or blob that is asked for.',
    message: ({ registry, target, detail }) =>
      `registry ${registry} does not have ${target}${detail ? `: ${detail}` : ''}`,
    hint: 'check name and tag; some registries also answer so when credentials are missing',
  }),
  REGISTRY_REFUSED: error<{ registry: string; request: string; status: number; detail: string }>({
    exitCode,
    about: 'A registry answered a request with an error.',
    message: ({ registry, request, status, detail }) =>
      `registry ${registry} answered ${request} with status ${status}${detail ? `: ${detail}` : ''}`,
    hint: 'the detail is what the registry says; its own log may say more',
  }),
  REGISTRY_RATE_LIMITED: error<{ registry: string; seconds: number }>({
    exitCode,
    about: 'A registry lets nobody (or not you) in for longer than is waited.',
    message: ({ registry, seconds }) =>
      `registry ${registry} has had too many requests and asks to come back in ${seconds} seconds`,
    hint: 'try again then: what has arrived is kept; logging in, or a mirror in registries.yaml, may have a higher limit',
  }),
  REGISTRY_PROTOCOL: error<{ registry: string; request: string; reason: string }>({
    exitCode,
    about: 'A registry answered in a way the distribution specification does not know.',
    message: ({ registry, request, reason }) => `registry ${registry} answered ${request} unexpectedly: ${reason}`,
    hint: 'make sure that the address is that of a registry, and that no proxy answers in its place',
  }),
  SERVE_ADDRESS_INVALID: error<{ address: string }>({
    exitCode: ExitCode.config,
    about: 'The address to serve on is not HOST:PORT.',
    message: ({ address }) => `${JSON.stringify(address)} is not an address to serve on`,
    hint: 'write HOST:PORT: 127.0.0.1:5000 for this machine alone, 0.0.0.0:5000 or [::]:5000 for others',
  }),
  SERVE_ADDRESS_UNAVAILABLE: error<{ address: string; reason: string }>({
    exitCode,
    about: 'The address to serve on is taken, or not one of this machine.',
    message: ({ address, reason }) => `${address} cannot be served on: ${reason}`,
    hint: 'end what uses it, or choose another port with --addr; ports below 1024 need root',
  }),
  SERVE_TLS_INVALID: error<{ reason: string }>({
    exitCode: ExitCode.config,
    about: 'The certificate or key to serve with cannot be used.',
    message: ({ reason }) => `the certificate and key cannot be used: ${reason}`,
    hint: 'both are PEM files, the key without a passphrase, and it belongs to the first certificate of the file',
  }),
  REGISTRY_NAME_INVALID: error<{ text: string }>({
    exitCode: ExitCode.config,
    about: 'What was given as a registry is not the name of one.',
    message: ({ text }) => `${JSON.stringify(text)} is not the name of a registry`,
    hint: 'a registry is a host, with a port when it is not 443: registry.example, 10.0.0.5:5000, localhost:5000',
  }),
  REGISTRY_SETTINGS_INVALID: error<{ path: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'registries.yaml cannot be read, or says something that is not known.',
    message: ({ path, reason }) => `${path} cannot be used: ${reason}`,
    hint: 'it holds `registries:` and below it, by domain, ca, plainHttp, skipTlsVerify, mirrors',
  }),
  CREDENTIALS_HELPER_FAILED: error<{ program: string; server: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'The program that keeps registry credentials cannot be asked.',
    message: ({ program, server, reason }) => `${program} gives no credentials for ${server}: ${reason}`,
    hint: 'credHelpers or credsStore in a file of logins (auth.json, ~/.docker/config.json) name it: install it, or take the line out',
  }),
  CREDENTIALS_UNREADABLE: error<{ path: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'A file with registry credentials cannot be read or is not what it should be.',
    message: ({ path, reason }) => `${path} cannot be used for logins: ${reason}`,
    hint: 'it should be JSON like {"auths": {"registry.example": {"auth": "<base64 of user:password>"}}}',
  }),
});
