/**
 * Errors are declared as data, one entry a code, in `<area>-errors.ts` beside the code that throws them.
 * docs/errors.md is generated from these declarations (test/unit/errors.test.ts says when it is stale).
 */
import { type ExitCode, SealerError, type SealerErrorFields } from './sealer-error.js';

export interface ErrorDeclaration<A> {
  exitCode: ExitCode;
  /** One sentence for docs/errors.md: when this happens. */
  about: string;
  /** A lower-case fact that includes what was seen. */
  message: (args: A) => string;
  /** An action: what to do next. */
  hint: string | ((args: A) => string);
}

type Place = Pick<SealerErrorFields, 'position' | 'remote' | 'cause' | 'errors'>;
type Declarations = Record<string, ErrorDeclaration<never>>;
type ArgsOf<D> = D extends ErrorDeclaration<infer A> ? A : never;
export type ErrorFactories<D> = { [K in keyof D]: (args: ArgsOf<D[K]>, place?: Place) => SealerError };

const catalog = new Map<string, ErrorDeclaration<never>>();

/** Every declared error, by code, for the generated error list. */
export function errorCatalog(): ReadonlyMap<string, ErrorDeclaration<never>> {
  return catalog;
}

/**
 * Turns declarations into functions that make the errors:
 * `throw hostErrors.HOST_UNREACHABLE({ host }, { cause })`.
 */
export function defineErrors<D extends Declarations>(declarations: D): ErrorFactories<D> {
  const factories: Record<string, (args: never, place?: Place) => SealerError> = {};
  for (const [code, declaration] of Object.entries(declarations)) {
    catalog.set(code, declaration);
    factories[code] = (args, place = {}) => {
      const { hint } = declaration;
      return new SealerError({
        code,
        message: declaration.message(args),
        exitCode: declaration.exitCode,
        hint: typeof hint === 'function' ? hint(args) : hint,
        ...place,
      });
    };
  }
  return factories as ErrorFactories<D>;
}

/** One entry; exists so that the type of the arguments is written once, at the declaration. */
export function error<A>(declaration: ErrorDeclaration<A>): ErrorDeclaration<A> {
  return declaration;
}
