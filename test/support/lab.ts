/** Drives test/lab/lab.sh: real hosts for stories. Host numbers start at 1. Needs root. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const script = fileURLToPath(new URL('../lab/lab.sh', import.meta.url));

export interface LabOptions {
  /** Up to 32 of a-z, 0-9 and '-'; two labs at once need two names. */
  name: string;
  /** First three numbers of an IPv4 network of its own: `10.77.1`. */
  net: string;
  hosts: number;
}

export interface HostStatus {
  host: number;
  name: string;
  address: string;
  up: boolean;
  /** Of the host's PID 1, as this machine numbers it. */
  pid: number | null;
  /** What `systemctl is-system-running` says there, or `down`. */
  state: string;
  /** Bytes its control group holds. */
  memory: number;
  /** `1` (cut off from all) or `1-2`. */
  cuts: string[];
}

/** Rejections of all of these carry `exitCode`, `stdout` and `stderr` of the command. */
export interface Lab extends AsyncDisposable {
  keyFile: string;
  address(host: number): string;
  /** Inside the host's namespaces: works while it is cut off too. Resolves to stdout. */
  exec(host: number, argv: readonly string[]): Promise<string>;
  /** Over the network as root, arguments quoted for the host's shell. Resolves to stdout. */
  ssh(host: number, argv: readonly string[]): Promise<string>;
  /** Copies a file or folder of this machine into the host. */
  cp(host: number, source: string, destination: string): Promise<void>;
  start(host: number): Promise<void>;
  /** Power off; the disk stays. */
  stop(host: number): Promise<void>;
  /** Pulls the plug; the disk stays. */
  crash(host: number): Promise<void>;
  /** Resolves when ssh answers again. */
  reboot(host: number): Promise<void>;
  /** From `other`, or from everybody. Frames vanish, links stay up. */
  partition(host: number, other?: number): Promise<void>;
  heal(host?: number, other?: number): Promise<void>;
  /** A disk of `size` (`20m`) of its own at `path` in the host, until {@link unlimit} or a reboot. */
  limitedDir(host: number, path: string, size: string): Promise<void>;
  unlimit(host: number, path: string): Promise<void>;
  status(): Promise<HostStatus[]>;
  /** Removes hosts, disks and network. A second call changes nothing. */
  down(): Promise<void>;
}

/** Starts `hosts` hosts and waits for ssh. A lab of this name left by a killed run is removed first. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { name, net, hosts } = options;
  const env = { ...process.env, LAB_NAME: name, LAB_NET: net };
  const lab = async (...args: (string | number)[]): Promise<string> => {
    const { stdout } = await execa(script, args.map(String), { env, stripFinalNewline: false });
    return stdout;
  };
  const act = async (...args: (string | number)[]): Promise<void> => {
    await lab(...args);
  };
  await lab('down');
  try {
    await lab('up', hosts);
  } catch (error) {
    await lab('down');
    throw error;
  }
  const down = () => act('down');
  return {
    keyFile: (await lab('key')).trim(),
    address: (host) => `${net}.${10 + host}`,
    exec: (host, argv) => lab('exec', host, ...argv),
    ssh: (host, argv) => lab('ssh', host, argv.map(quote).join(' ')),
    cp: (host, source, destination) => act('cp', host, source, destination),
    start: (host) => act('start', host),
    stop: (host) => act('stop', host),
    crash: (host) => act('crash', host),
    reboot: (host) => act('reboot', host),
    partition: (host, other) => act('partition', host, other ?? ''),
    heal: (host, other) => act('heal', host ?? '', other ?? ''),
    limitedDir: (host, path, size) => act('limited-dir', host, path, size),
    unlimit: (host, path) => act('unlimit', host, path),
    status: async () => JSON.parse(await lab('status', '--json')),
    down,
    [Symbol.asyncDispose]: down,
  };
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
