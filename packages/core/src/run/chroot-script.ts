/**
 * The named fallback without a runtime: a shell script that mounts what runtimes mount, and changes the root. It runs in the
 * sandbox's own mounts and processes, with the same capabilities as under a runtime.
 */
import { quote } from '../host/quote.js';
import { capabilities, type SpecInput, type SpecMount, systemMounts } from './runtime-spec.js';

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** @returns a function `start` in POSIX shell, which executes the command; paths are relative to the sandbox's folder */
export function chrootScript({ args, env, mounts, network, userNamespace }: SpecInput): string {
  const [proc, dev, pts, shm, sys] = systemMounts(userNamespace) as [
    SpecMount,
    SpecMount,
    SpecMount,
    SpecMount,
    SpecMount,
  ];
  const root = (path: string) => quote(`merged${path}`);
  const lines = [
    mountLine(proc),
    mountLine(dev),
    ...devices.map((name) => `: > ${root(`/dev/${name}`)} && mount --bind /dev/${name} ${root(`/dev/${name}`)}`),
    `mkdir ${root('/dev/pts')} ${root('/dev/shm')}`,
    `${mountLine(pts)} 2> /dev/null || :`,
    mountLine(shm),
    `ln -s /proc/self/fd ${root('/dev/fd')}; ln -s pts/ptmx ${root('/dev/ptmx')}`,
    ...['stdin', 'stdout', 'stderr'].map((name, fd) => `ln -s /proc/self/fd/${fd} ${root(`/dev/${name}`)}`),
    mountLine(sys),
    ...mounts.map(mountLine),
  ];
  const kept = capabilities.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`).join(',');
  return [
    'start() {',
    ...lines.map((line) => (line.endsWith('|| :') ? line : `{ ${line}; } || fail ${quote(`at: ${line}`)}`)),
    'chroot=$(command -v chroot) setpriv=$(command -v setpriv) unshare=$(command -v unshare) || fail "to find setpriv"',
    // The command sees its own environment, and its values stand in no argument list.
    'for name in $(env | sed -n "s/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p"); do unset "$name"; done',
    ...env.flatMap((pair) => {
      const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair) ?? [];
      return name === undefined ? [] : [`export ${name}=${quote(value as string)}`];
    }),
    `set -- "$chroot" merged ${args.map(quote).join(' ')}`,
    `set -- "$setpriv" --bounding-set=-all,${kept} --inh-caps=-all -- "$@"`,
    ...(network === 'none' ? ['set -- "$unshare" --net -- "$@"'] : []),
    'exec "$@" 4>&-',
    '}',
    '',
  ].join('\n');
}

function mountLine({ destination, type, source, options }: SpecMount): string {
  const target = quote(`merged${destination}`);
  const isBind = options.includes('bind') || options.includes('rbind');
  if (!isBind) {
    const words = options.filter((option) => option !== 'rw');
    return `mount -t ${type} ${words.length ? `-o ${quote(words.join(','))} ` : ''}${quote(source)} ${target}`;
  }
  const bind = `mount ${options.includes('rbind') ? '--rbind' : '--bind'} ${quote(source)} ${target}`;
  return options.includes('ro') ? `${bind} && mount -o remount,bind,ro ${target}` : bind;
}
