import { Args, Errors, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { askPassword, passwordFromStdin } from '../flags/read-password.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';

export default class Login extends BaseCommand {
  static override description =
    "Log in to a registry. The credentials are tried first, then kept in auth.json in sealer's folder, readable by you alone.";
  static override examples = [
    '<%= config.bin %> login registry.example -u ops',
    'cat password | <%= config.bin %> login registry.example:5000 -u ops --password-stdin',
    '<%= config.bin %> login registry.example -u ops --authfile ci-logins.json',
  ];
  static override args = { registry: Args.string({ description: 'host, with a port when not 443', required: true }) };
  static override flags = {
    ...registryFlags,
    username: Flags.string({ char: 'u', description: 'user name', required: true }),
    passwd: Flags.string({
      char: 'p',
      aliases: ['password'],
      description: 'password (visible in the process list: prefer --passwd-stdin)',
    }),
    'passwd-stdin': Flags.boolean({
      aliases: ['password-stdin'],
      description: 'read the password from standard input (also --password-stdin, as docker has it)',
      exclusive: ['passwd'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login);
    this.begin(flags);
    const { logIn, Secret } = await import('@sealer/core/images');
    const given = flags['passwd-stdin'] ? await passwordFromStdin() : flags.passwd;
    const password = given ?? (await askPassword(`Password of ${flags.username} at ${args.registry}: `));
    if (!password) throw new Errors.CLIError('no password: give --passwd-stdin, or -p, or log in on a terminal');
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    await logIn(args.registry, { username: flags.username, password: new Secret(password) }, access);
    const result = { registry: args.registry, username: flags.username };
    this.result(result, flags.quiet ? '' : `logged in to ${args.registry} as ${flags.username}`);
  }
}
