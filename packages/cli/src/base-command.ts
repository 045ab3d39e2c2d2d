/** What all commands share: where sealer's home is, how output and errors look, and what Ctrl-C does. */
import { setMaxListeners } from 'node:events';
import { join, resolve } from 'node:path';
import { Command, Flags } from '@oclif/core';
import type { Emit, ImageStore, RegistryAccess, SignedPlace } from '@sealer/core';
import { checkHome, homeOfUser } from './home-folder.js';
import { describeError } from './render/error.js';
import { jsonRenderer } from './render/json.js';
import { liveRenderer } from './render/live.js';
import { plainRenderer } from './render/plain.js';
import { outputHasFailed } from './standard-output.js';

export interface Renderer {
  emit: Emit;
  /** Takes away what is not final from the screen. */
  end(): void;
}

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print events and the result as JSON lines', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'print results and errors only', helpGroup: 'GLOBAL' }),
    debug: Flags.boolean({ char: 'd', description: 'print what commands on hosts write', helpGroup: 'GLOBAL' }),
    home: Flags.string({ description: "sealer's folder (default ~/.sealer)", env: 'SEALER_HOME', helpGroup: 'GLOBAL' }),
  };

  protected readonly abort = new AbortController();
  protected json = false;
  #renderer: Renderer | undefined;

  get sealerHome(): string {
    const home = this.#home ?? join(homeOfUser(), '.sealer');
    checkHome(home);
    return resolve(home);
  }

  #home: string | undefined;

  /** Called by each command with its parsed flags. */
  protected begin(flags: { json?: boolean; quiet?: boolean; debug?: boolean; home?: string | undefined }): Emit {
    this.json = flags.json ?? false;
    // Every command on every host listens; that is no leak.
    setMaxListeners(0, this.abort.signal);
    // A variable that is empty is as none; a flag that is empty is a mistake.
    this.#home = flags.home === '' && !this.argv.some((word) => /^--home(=|$)/.test(word)) ? undefined : flags.home;
    let interrupted = false;
    const stop = () => {
      if (interrupted) process.exit(130);
      interrupted = true;
      process.stderr.write('\nending what runs; once more to leave at once\n');
      this.abort.abort(new Error('interrupted'));
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    this.#renderer = this.json
      ? jsonRenderer()
      : flags.quiet
        ? { emit: () => undefined, end: () => undefined }
        : process.stderr.isTTY && !flags.debug && !process.env.CI
          ? liveRenderer()
          : plainRenderer({ debug: flags.debug ?? false });
    return this.#renderer.emit;
  }

  protected async openStore(): Promise<ImageStore> {
    const { openStore } = await import('@sealer/core/images');
    return openStore(join(this.sealerHome, 'store'));
  }

  /** Where an image is signed or verified: with `access` in its registry, else in the local store. */
  protected async signedPlace(image: string, access: RegistryAccess | undefined): Promise<SignedPlace> {
    const { inRegistry, inStore, lookUpImages } = await import('@sealer/core/images');
    if (access) return await inRegistry(image, access);
    const store = await this.openStore();
    const [found] = await lookUpImages(store, [image]);
    return await inStore(store, found as NonNullable<typeof found>);
  }

  /** The result: an object on one line with --json, text otherwise. */
  protected result(value: unknown, text: string): void {
    this.#renderer?.end();
    if (this.json) process.stdout.write(`${JSON.stringify({ type: 'result', result: value })}\n`);
    else if (text) process.stdout.write(`${text}\n`);
  }

  protected override async catch(cause: Error & { exitCode?: number; oclif?: { exit?: number } }): Promise<never> {
    this.#renderer?.end();
    const described = await describeError(cause, this.abort.signal.aborted);
    if (described) {
      if (this.json && !outputHasFailed())
        process.stdout.write(`${JSON.stringify({ type: 'error', error: described.json })}\n`);
      else process.stderr.write(`${described.text}\n`);
      process.exit(described.exitCode);
    }
    return super.catch(cause) as Promise<never>;
  }

  protected override async finally(cause: Error | undefined): Promise<void> {
    await super.finally(cause);
    // Signal handlers and idle connections must not keep the process alive.
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
  }
}
