/**
 * The one error class of sealer. Facts are fields, so that renderers and machines need not parse messages:
 * `code` names the kind, `where` says file position or host and command, `hint` says what to do next.
 */

/** Process exit codes by meaning. 130 is the shell's convention for SIGINT. */
export const ExitCode = {
  internal: 1,
  usage: 2,
  config: 3,
  image: 4,
  host: 5,
  plugin: 6,
  cluster: 7,
  machine: 8,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A place in a text file; line and column count from 1. */
export interface SourcePosition {
  file: string;
  line: number;
  column: number;
}

/** A command on a host; `command` is already redacted. */
export interface RemotePlace {
  host: string;
  command?: string;
  /** Exit status; absent when a signal ended it. */
  exitStatus?: number;
  signal?: string;
  /** The last lines the command wrote to stderr, redacted. */
  stderr?: string;
}

export interface SealerErrorFields {
  code: string;
  message: string;
  exitCode: ExitCode;
  hint?: string;
  position?: SourcePosition;
  remote?: RemotePlace;
  cause?: unknown;
  /** Further errors of the same operation: all configuration errors are reported at once. */
  errors?: readonly SealerError[];
}

const brand = Symbol.for('sealer.error');

export class SealerError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly position: SourcePosition | undefined;
  readonly remote: RemotePlace | undefined;
  readonly errors: readonly SealerError[];

  constructor(fields: SealerErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'SealerError';
    this.code = fields.code;
    this.exitCode = fields.exitCode;
    this.hint = fields.hint;
    this.position = fields.position;
    this.remote = fields.remote;
    this.errors = fields.errors ?? [];
    Object.defineProperty(this, brand, { value: true });
  }

  /** The same error with the place in a file where its reason was written. */
  at(position: SourcePosition): SealerError {
    const { code, message, exitCode, hint, remote, errors, cause } = this;
    return new SealerError({
      code,
      message,
      exitCode,
      errors,
      position,
      ...(hint ? { hint } : {}),
      ...(remote ? { remote } : {}),
      cause: cause ?? this,
    });
  }

  /** True for a SealerError of any copy of this package (plugins may bring their own). */
  static is(value: unknown): value is SealerError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}
