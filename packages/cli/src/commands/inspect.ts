import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { platformFlag } from '../flags/platform.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { describeImage } from '../render/image.js';
import { describeProvenance } from '../render/provenance.js';
import { describeSbom } from '../render/sbom.js';

export default class Inspect extends BaseCommand {
  static override description =
    'Show what is in a cluster image: applications, versions, layers, bundled container images. With --json everything, as one object.';
  static override examples = [
    '<%= config.bin %> inspect shop:1.0',
    '<%= config.bin %> inspect shop:1.0 --json',
    '<%= config.bin %> inspect shop:1.0 --platform linux/arm64',
    '<%= config.bin %> inspect shop:1.0 --raw | sha256sum',
    '<%= config.bin %> inspect shop:1.0 --sbom',
    '<%= config.bin %> inspect shop:1.0 --sbom --output shop.cdx.json',
    '<%= config.bin %> inspect shop:1.0 --provenance',
  ];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };
  static override flags = {
    platform: Flags.string({ description: 'OS/ARCH of an image for several' }),
    raw: Flags.boolean({
      description:
        'print the manifest or index byte for byte, of container images too; with --platform the manifest for that one',
    }),
    sbom: Flags.boolean({
      description: 'show the bill of materials that is attached to it, or one made now from its layers',
      exclusive: ['provenance'],
    }),
    provenance: Flags.boolean({ description: 'show how it was made, as attached to it' }),
    output: Flags.string({
      char: 'o',
      description: 'write the bill of materials or the provenance to a file, as JSON',
    }),
    ...registryFlags,
    ...pullFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { findProvenance, findSbom, inspectImage, manifestBytes } = await import('@sealer/core/images');
    const platform = platformFlag(flags.platform);
    const store = await this.openStore();
    await this.present(store, [args.image], flags, { platform, emit });
    if (flags.raw) {
      process.stdout.write(await manifestBytes(store, args.image, platform));
      return;
    }
    if (flags.sbom || flags.provenance) {
      const image = await store.open(args.image, platform);
      if (flags.provenance) {
        const found = await findProvenance(store, image);
        return await this.#show(found, () => describeProvenance(found), flags.output);
      }
      const found = await findSbom(store, image, { emit, signal: this.abort.signal });
      return await this.#show(found.sbom, () => describeSbom(found), flags.output);
    }
    const found = await inspectImage(store, args.image, platform);
    this.result(found, describeImage(found));
  }

  async #show(document: unknown, text: () => string, output: string | undefined): Promise<void> {
    if (output === undefined) return this.result(document, text());
    const { writeOutput } = await import('@sealer/core/images');
    await writeOutput(output, `${JSON.stringify(document, undefined, 2)}\n`);
    this.result({ file: output }, output);
  }
}
