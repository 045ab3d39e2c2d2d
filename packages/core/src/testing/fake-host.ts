/** A host in memory: files are kept, commands are recorded and answered as the test says. */
import { type Command, describe, isScript } from '../host/command.js';
import type { HostFacts } from '../host/facts.js';
import type { CommandResult, Host, HostQuery } from '../host/host.js';
import { hostErrors } from '../host/host-errors.js';
import { Secret } from '../secrets/secret.js';

export interface FakeHostOptions {
  name?: string;
  facts?: Partial<HostFacts>;
  /** Files that are there, by path. */
  files?: Readonly<Record<string, string>>;
  /** What a command answers; undefined: nothing is written and it succeeds. */
  answer?: (command: string, words: readonly string[]) => Partial<CommandResult> | string | undefined;
}

export interface FakeHost extends Host {
  readonly files: Map<string, string>;
  /** Commands that change the host, as `describe` shows them: secrets masked, scripts by their first line. */
  readonly ran: string[];
  /** Commands that only read. */
  readonly asked: string[];
}

export const fakeFacts: HostFacts = {
  hostname: 'fake',
  architecture: 'amd64',
  os: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
  kernel: '6.1.0',
  cpus: 4,
  memoryBytes: 8e9,
  diskFreeBytes: 100e9,
  root: true,
  systemd: true,
  cgroupVersion: 2,
  capSysResource: true,
  canSetConntrack: true,
  swap: false,
  clockSkewMs: 0,
  addresses: ['10.0.0.1'],
  missingTools: [],
  defaultRoute: true,
};

export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const name = options.name ?? '10.0.0.1';
  const files = new Map(Object.entries(options.files ?? {}));
  const ran: string[] = [];
  const asked: string[] = [];
  const answer = (command: Command): CommandResult => {
    const words = (isScript(command) ? command.args : command).map((word) => (word instanceof Secret ? '***' : word));
    const given = options.answer?.(describe(command), words);
    const result = typeof given === 'string' ? { stdout: given } : (given ?? {});
    return { status: 0, signal: undefined, stdout: '', stderr: '', ...result };
  };
  const ask: HostQuery['run'] = async (command) => {
    asked.push(describe(command));
    return answer(command);
  };
  const failed = (command: Command, { status, signal, stderr }: CommandResult) =>
    hostErrors.HOST_COMMAND_FAILED(
      {
        host: name,
        command: describe(command),
        ended: signal ? `ended by ${signal}` : `ended with status ${status}`,
        stderr,
      },
      {
        remote: {
          host: name,
          command: describe(command),
          ...(status === undefined ? {} : { exitStatus: status }),
          stderr,
        },
      },
    );
  return {
    name,
    address: name,
    files,
    ran,
    asked,
    query: {
      run: ask,
      succeeds: async (command) => (await ask(command)).status === 0,
      output: async (command) => {
        const result = await ask(command);
        if (result.status !== 0) throw failed(command, result);
        return result.stdout.replace(/\n$/, '');
      },
      readFile: async (path) => files.get(path),
      facts: async () => ({ ...fakeFacts, addresses: [name], ...options.facts }),
      settle: async () => true,
    },
    run: async (command) => {
      ran.push(describe(command));
      const result = answer(command);
      if (result.status !== 0) throw failed(command, result);
      return result;
    },
    write: async (path, content) => {
      files.set(path, content instanceof Secret ? content.reveal() : content.toString());
    },
    connect: () => Promise.reject(new Error('a fake host has no network')),
    close: async () => undefined,
  };
}
