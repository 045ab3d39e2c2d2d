import { Args, Flags } from '@oclif/core';
import type { FileChange } from '@sealer/core/images';
import { BaseCommand } from '../base-command.js';
import { platformFlag } from '../flags/platform.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { bytes } from '../render/format.js';

export default class Diff extends BaseCommand {
  static override description = 'Show what changed from one cluster image to another, and how much of it is new.';
  static override examples = [
    '<%= config.bin %> diff shop:1.0 shop:1.1',
    '<%= config.bin %> diff --files shop:1.0 shop:1.1',
  ];
  static override args = {
    from: Args.string({ description: 'the older image', required: true }),
    to: Args.string({ description: 'the newer image', required: true }),
  };
  static override flags = {
    platform: Flags.string({ description: 'OS/ARCH of images for several' }),
    files: Flags.boolean({ description: 'read the layers too, and list the paths of the rootfs that changed' }),
    ...registryFlags,
    ...pullFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Diff, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { diffImages } = await import('@sealer/core/images');
    const platform = platformFlag(flags.platform);
    const store = await this.openStore();
    await this.present(store, [args.from, args.to], flags, { platform, emit });
    const found = await diffImages(store, args.from, args.to, {
      platform,
      files: flags.files,
      signal: this.abort.signal,
      emit,
    });
    const short = (text: string | undefined) => text?.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
    const lines = found.changes.map(({ what, name, before, after }) => {
      if (before === undefined) return `+ ${what} ${name}: ${short(after)}`;
      if (after === undefined) return `- ${what} ${name}: ${short(before)}`;
      return `~ ${what} ${name}: ${short(before)} -> ${short(after)}`;
    });
    const paths = (found.files ?? []).map(describeFile);
    const summary =
      found.changes.length + paths.length === 0
        ? 'no difference'
        : `${bytes(found.newBytes)} of ${bytes(found.bytes)} are new`;
    this.result(found, [...lines, ...paths, summary].join('\n'));
  }
}

function describeFile({ path, change, what, before, after }: FileChange): string {
  if (change === 'added') return `+ file ${path} (${bytes(after?.size ?? 0)})`;
  if (change === 'removed') return `- file ${path} (${bytes(before?.size ?? 0)})`;
  const shown = what.map((one) => {
    if (one === 'content') return `content, ${bytes(before?.size ?? 0)} -> ${bytes(after?.size ?? 0)}`;
    if (one === 'mode') return `mode ${before?.mode.toString(8)} -> ${after?.mode.toString(8)}`;
    return `${one} ${before?.[one as 'kind']} -> ${after?.[one as 'kind']}`;
  });
  return `~ file ${path}: ${shown.join('; ')}`;
}
