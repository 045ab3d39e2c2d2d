import { join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { keyValues } from '../key-values.js';

export default class Lint extends BaseCommand {
  static override description =
    'Check a Kubefile and its context without building: mistakes, the images that would be carried and why, and what looks like an image and would not be.';
  static override examples = ['<%= config.bin %> lint .', '<%= config.bin %> lint -f Kubefile.prod --json .'];
  static override args = { context: Args.string({ description: 'folder of the build context', default: '.' }) };
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the Kubefile (default: Kubefile in the context)' }),
    'build-arg': Flags.string({ description: 'value of an ARG, KEY=value', multiple: true, multipleNonGreedy: true }),
    'ignored-image-list': Flags.string({ description: 'images not to carry, one a line; * stands for any characters' }),
    'chart-values': Flags.string({
      description: 'values file for rendering charts',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'all-subcharts': Flags.boolean({ description: 'render charts with every sub-chart switched on' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Lint);
    const emit = this.begin(flags);
    const { lintImage } = await import('@sealer/core');
    const found = await lintImage({
      context: resolve(args.context),
      ...(flags.file ? { kubefile: resolve(flags.file) } : {}),
      buildArgs: keyValues('build-arg', flags['build-arg']),
      ignoredImageList: flags['ignored-image-list'],
      chartValues: flags['chart-values'],
      allSubcharts: flags['all-subcharts'],
      store: await this.openStore(),
      stateDirectory: join(this.sealerHome, 'build'),
      signal: this.abort.signal,
      emit,
    });
    const images = found.images.map(({ name, origin }) => `+ ${name}\n    ${origin.replaceAll(', ', '\n    ')}`);
    const suspects = found.suspects.map(({ image, origin }) => `? ${image}\n    ${origin}`);
    const summary = `${found.images.length} images would be carried; ${found.suspects.length} strings look like images and would not be`;
    this.result(found, [...images, ...suspects, summary].join('\n'));
  }
}
