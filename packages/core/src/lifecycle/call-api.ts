/** kubectl calls that may be made again: get, apply, label, taint. An API server that restarts is waited for. */
import { SealerError } from '../errors/sealer-error.js';
import type { Argv } from '../host/command.js';
import type { CommandResult, Host, RunOptions } from '../host/host.js';
import type { StepIO } from '../workflow/step.js';
import { tryAgain } from '../workflow/try-again.js';

/** As kubectl says it when the API server, or what it needs, is not there right now. */
const away = new RegExp(
  [
    'connection (to the server .* )?(was )?refused',
    'connection reset by peer',
    'the server is currently unable to handle the request',
    'the server was unable to return a response in the time allotted',
    'unable to connect to the server',
    'http2: client connection lost',
    'unexpected EOF',
    ': EOF$',
    'TLS handshake timeout',
    'i/o timeout',
    'no route to host',
    'context deadline exceeded',
    'request timed out',
    'etcdserver: (leader changed|no leader)',
    'apiserver is shutting down',
    'too many requests',
    '\\(ServiceUnavailable\\)',
    'failed calling webhook .* (refused|no endpoints available)',
  ].join('|'),
  'im',
);
/** These do not pass, whatever they look like. */
const final = /x509:|certificate (has expired|signed by unknown)|no such host|\((Unauthorized|Forbidden)\)/i;

/** A call failed because the API server did not answer, which passes. */
export function isApiAway(cause: unknown): boolean {
  return SealerError.is(cause) && saysAway(cause.remote?.stderr ?? '');
}

/** The same of what a command wrote. */
export function saysAway(stderr: string): boolean {
  return away.test(stderr) && !final.test(stderr);
}

/** The object is not there (yet). */
export function isNotFound(cause: unknown): boolean {
  return SealerError.is(cause) && /\(NotFound\)/.test(cause.remote?.stderr ?? '');
}

export interface CallOptions extends Pick<RunOptions, 'env' | 'lock' | 'onLine'> {
  stdin?: string;
  /** The object it is about may come later. */
  awaitsObject?: boolean;
}

/** Only for calls that do no harm when made twice. @throws HOST_COMMAND_FAILED, the last one, when time is up */
export async function callApi(
  host: Host,
  argv: Argv,
  io: Pick<StepIO, 'signal' | 'log'>,
  { awaitsObject = false, ...options }: CallOptions = {},
): Promise<CommandResult> {
  return await tryAgain(() => host.run(argv, { ...options, signal: io.signal }), {
    signal: io.signal,
    passes: (cause) => isApiAway(cause) || (awaitsObject && isNotFound(cause)),
    onWait: (cause) => io.log(`tried again until it answers: ${(cause as Error).message}`),
  });
}
