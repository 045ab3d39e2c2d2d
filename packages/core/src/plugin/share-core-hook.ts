/** Node module-resolution hook (runs on Node's loader thread): `@sealer/core` is the running copy, wherever it is imported. */
interface ResolveContext {
  parentURL?: string;
}
type Resolved = { url: string; shortCircuit?: boolean };
type NextResolve = (specifier: string, context: ResolveContext) => Promise<Resolved>;

let shared: Record<string, string> = {};

export function initialize(data: { core: string; testing: string }): void {
  shared = { '@sealer/core': data.core, '@sealer/core/testing': data.testing };
}

export async function resolve(specifier: string, context: ResolveContext, next: NextResolve): Promise<Resolved> {
  const url = shared[specifier];
  return url ? { url, shortCircuit: true } : next(specifier, context);
}
