import { join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { discoveryFlags, discoveryOptions } from '../flags/discovery.js';
import { accessFlags, authfileFlag, pullFlag, pullPolicy, withBarePull } from '../flags/registry-flags.js';
import { keyValues } from '../key-values.js';
import { count } from '../render/format.js';
import { describeOrigin } from '../render/origin.js';

export default class Lint extends BaseCommand {
  static override description =
    'Check a Kubefile and its context without building: mistakes, doubtful things, the images that would be carried and why, and what looks like an image and would not be.';
  static override examples = [
    '<%= config.bin %> lint .',
    '<%= config.bin %> lint -f Kubefile.prod --strict --json .',
    '<%= config.bin %> lint --all-subcharts --images .',
  ];
  static override args = { context: Args.string({ description: 'folder of the build context', default: '.' }) };
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the Kubefile (default: Kubefile in the context)' }),
    'build-arg': Flags.string({ description: 'value of an ARG, KEY=value', multiple: true, multipleNonGreedy: true }),
    'image-list': Flags.string({ description: 'more images to carry, in the form of manifests/imageList' }),
    ...discoveryFlags,
    images: Flags.boolean({ description: 'list the images that would be carried, and what names them' }),
    ...authfileFlag,
    ...pullFlag,
    strict: Flags.boolean({ description: 'exit with 3 when there are warnings (otherwise on errors alone)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Lint, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { lintImage } = await import('@sealer/core');
    const found = await lintImage({
      context: resolve(args.context),
      ...(flags.file ? { kubefile: resolve(flags.file) } : {}),
      buildArgs: keyValues('build-arg', flags['build-arg']),
      imageList: flags['image-list'],
      ...discoveryOptions(flags),
      store: await this.openStore(),
      stateDirectory: join(this.sealerHome, 'build'),
      access: { sealerHome: this.sealerHome, ...accessFlags(flags) },
      pull: pullPolicy(flags),
      signal: this.abort.signal,
      // The steps of a build that does not happen are of no interest.
      emit: (event) => {
        if (event.type !== 'message' || event.level === 'warning') emit(event);
      },
    });
    const images = flags.images ? found.images.map(describeOrigin) : [];
    const warnings = found.warnings.map(({ code, where, text, hint }, index) => {
      // A hint that many warnings share is said with the last of them.
      const isLast = found.warnings[index + 1]?.code !== code;
      return [`${where}: ${text} [${code}]`, ...(isLast ? [`    ${hint}`] : [])].join('\n');
    });
    const summary = `${count(found.images.length, 'container image')} would be carried; ${count(found.warnings.length, 'warning')}`;
    this.result(found, [...images, ...warnings, summary].join('\n'));
    if (flags.strict && found.warnings.length > 0) process.exitCode = 3;
  }
}
