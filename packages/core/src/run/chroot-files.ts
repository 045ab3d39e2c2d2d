/** What chroot.sh, the named fallback without a runtime, reads: files in the sandbox's folder. */
import { quote } from '../host/quote.js';
import { capabilities, type SpecInput, type SpecMount, systemMounts } from './runtime-spec.js';

/** By name. A line of `mounts` ends at its newline: paths of a Kubefile have none. */
export function chrootFiles({ args, env, mounts, userNamespace }: SpecInput): Record<string, string> {
  return {
    mounts: [...systemMounts(userNamespace), ...mounts].map(mountLines).join(''),
    command: `${args.map(quote).join(' ')}\n`,
    // Names that no shell can set are left out.
    environment: env
      .flatMap((pair) => {
        const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair) ?? [];
        return name === undefined ? [] : [`export ${name}=${quote(value as string)}\n`];
      })
      .join(''),
  };
}

/** As setpriv has them. */
export const keptCapabilities = capabilities.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`).join(',');

function mountLines({ destination, type, source, options }: SpecMount): string {
  const bind = options.find((option) => option === 'bind' || option === 'rbind');
  const kept = bind ? options.filter((option) => option === 'ro') : options.filter((option) => option !== 'rw');
  return [bind ?? type, kept.join(','), source, destination].map((line) => `${line}\n`).join('');
}
