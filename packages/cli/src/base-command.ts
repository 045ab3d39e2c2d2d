/** What all commands share: where sealer's home is, how output and errors look, and what Ctrl-C does. */
import { setMaxListeners } from 'node:events';
import { join, resolve } from 'node:path';
import { Command, Flags } from '@oclif/core';
import type { Emit, ImageStore, RegistryAccess, SignedPlace } from '@sealer/core';
import type { PresentOptions } from '@sealer/core/images';
import { type ParsedRegistryFlags, pullPolicy, registryAccess } from './flags/registry-flags.js';
import { checkHome, homeOfUser } from './home-folder.js';
import { describeError } from './render/error.js';
import { jsonRenderer } from './render/json.js';
import { liveRenderer } from './render/live/live.js';
import { plainRenderer } from './render/plain.js';
import { type Renderer, silentRenderer } from './render/renderer.js';
import { outputHasFailed } from './standard-output.js';

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print events and the result as JSON lines', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'print results and errors only', helpGroup: 'GLOBAL' }),
    debug: Flags.boolean({ char: 'd', description: 'print what commands on hosts write', helpGroup: 'GLOBAL' }),
    home: Flags.string({ description: "sealer's folder (default ~/.sealer)", env: 'SEALER_HOME', helpGroup: 'GLOBAL' }),
  };

  protected readonly abort = new AbortController();
  protected json = false;
  protected emit: Emit = () => undefined;
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
      this.#renderer?.interrupt('ending what runs; once more to leave at once');
      this.abort.abort(new Error('interrupted'));
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    this.#renderer = this.json
      ? jsonRenderer()
      : flags.quiet
        ? silentRenderer
        : process.stderr.isTTY && process.env.TERM !== 'dumb' && !flags.debug && !process.env.CI
          ? liveRenderer()
          : plainRenderer({ debug: flags.debug ?? false });
    this.emit = this.#renderer.emit;
    return this.emit;
  }

  protected async openStore(): Promise<ImageStore> {
    const { openStore } = await import('@sealer/core/images');
    return openStore(join(this.sealerHome, 'store'));
  }

  /** Sees to it that images are here: those that are named with their registry are pulled as `--pull` has it. */
  protected async present(
    store: ImageStore,
    images: readonly string[],
    flags: ParsedRegistryFlags,
    options: Pick<PresentOptions, 'platform' | 'allPlatforms'> & { emit: Emit },
  ): Promise<void> {
    const { presentImage } = await import('@sealer/core/images');
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    for (const image of images) await presentImage(store, image, { ...access, ...options, pull: pullPolicy(flags) });
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
    this.#renderer?.end('done');
    if (this.json) process.stdout.write(`${JSON.stringify({ type: 'result', result: value })}\n`);
    else if (text) process.stdout.write(`${text}\n`);
  }

  /** Where standard output carries something else. */
  protected remark(text: string): void {
    this.#renderer?.end('done');
    if (text) process.stderr.write(`${text}\n`);
  }

  protected override async catch(cause: Error & { exitCode?: number; oclif?: { exit?: number } }): Promise<never> {
    this.#renderer?.end('stopped');
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
    this.#renderer?.end(cause ? 'stopped' : 'done');
    // Signal handlers and idle connections must not keep the process alive.
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
  }
}
