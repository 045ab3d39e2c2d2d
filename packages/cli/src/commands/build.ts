import { join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { discoveryFlags, discoveryOptions } from '../flags/discovery.js';
import { platformFlag } from '../flags/platform.js';
import { accessFlags, authfileFlag, pullFlag, pullPolicy, withBarePull } from '../flags/registry-flags.js';
import { parseSecret } from '../flags/secret.js';
import { buildTrustFlags, trustDeclaration } from '../flags/trust-flags.js';
import { keyValues } from '../key-values.js';
import { bytes, count } from '../render/format.js';
import { describeOrigin } from '../render/origin.js';

export default class Build extends BaseCommand {
  static override description = 'Build a cluster image from a Kubefile and a build context.';
  static override examples = [
    '<%= config.bin %> build -t shop:1.0 .',
    '<%= config.bin %> build -t shop:1.0 -f Kubefile.prod --build-arg VERSION=1.0 .',
    '<%= config.bin %> build -t shop:1.0 --why --ignored-image-list ignored.txt .',
    '<%= config.bin %> build -t shop:1.0 --platform linux/amd64,linux/arm64 .',
    '<%= config.bin %> build -t shop:1.0 --secret id=token,src=token.txt .',
    '<%= config.bin %> build -t shop:1.0 --isolation chroot .',
    '<%= config.bin %> build -t shop:1.0 --pull .',
    '<%= config.bin %> build -t shop:1.0 --sbom --provenance . && <%= config.bin %> sign shop:1.0 --key release.key --attest',
  ];
  static override args = { context: Args.string({ description: 'folder of the build context', default: '.' }) };
  static override flags = {
    tag: Flags.string({ char: 't', description: 'name of the image', required: true }),
    file: Flags.string({ char: 'f', description: 'the Kubefile (default: Kubefile in the context)' }),
    type: Flags.string({
      description: 'what the image is (default: as its parent, else kube-installer)',
      options: ['kube-installer', 'app-installer'] as const,
    }),
    'build-arg': Flags.string({ description: 'value of an ARG, KEY=value', multiple: true, multipleNonGreedy: true }),
    label: Flags.string({ description: 'a label, KEY=value', multiple: true, multipleNonGreedy: true }),
    annotation: Flags.string({
      description: 'an annotation of the manifest, KEY=value',
      multiple: true,
      multipleNonGreedy: true,
    }),
    platform: Flags.string({
      description: 'targets, such as linux/amd64,linux/arm64 (default: of this machine); several come under one index',
      delimiter: ',',
      multiple: true,
      multipleNonGreedy: true,
    }),
    discover: Flags.boolean({
      description: 'look into manifests and charts for the images they need',
      default: true,
      allowNo: true,
    }),
    'image-list': Flags.string({ description: 'more images to carry, in the form of manifests/imageList' }),
    'image-list-with-auth': Flags.string({
      description: 'more images, with credentials: a YAML list of {registry, username, password, images}',
    }),
    ...discoveryFlags,
    sbom: Flags.boolean({
      description: 'attach a bill of materials (CycloneDX): programs and their modules, packages, charts, images',
    }),
    provenance: Flags.boolean({ description: 'attach a record of how it was made (SLSA provenance)' }),
    why: Flags.boolean({ description: 'say where each container image came from' }),
    secret: Flags.string({
      description: 'what RUN --mount=type=secret may read: id=NAME,src=FILE or id=NAME,env=VARIABLE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    isolation: Flags.string({
      description:
        'how RUN is executed: by the OCI runtime found first (oci), by crun or runc, or without a runtime, less shut off (chroot) (default: oci)',
      env: 'SEALER_BUILD_ISOLATION',
    }),
    ...buildTrustFlags,
    ...authfileFlag,
    ...pullFlag,
    'no-cache': Flags.boolean({ description: 'read every file and execute every RUN, whatever the cache says' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Build, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { buildImage, parsePlatform, trustSettings } = await import('@sealer/core/images');
    const result = await buildImage({
      context: resolve(args.context),
      ...(flags.file ? { kubefile: resolve(flags.file) } : {}),
      tag: flags.tag,
      ...(flags.type ? { type: flags.type as 'kube-installer' | 'app-installer' } : {}),
      buildArgs: keyValues('build-arg', flags['build-arg']),
      labels: keyValues('label', flags.label),
      annotations: keyValues('annotation', flags.annotation),
      ...(flags.platform ? { platforms: flags.platform.map(parsePlatform) } : {}),
      store: await this.openStore(),
      stateDirectory: join(this.sealerHome, 'build'),
      noCache: flags['no-cache'],
      isolation: flags.isolation,
      secrets: flags.secret?.map(parseSecret),
      discover: flags.discover,
      imageList: flags['image-list'],
      imageListWithAuth: flags['image-list-with-auth'],
      ...discoveryOptions(flags),
      trust: await trustSettings(this.sealerHome, {}, trustDeclaration(flags)),
      sbom: flags.sbom,
      provenance: flags.provenance,
      access: { sealerHome: this.sealerHome, ...accessFlags(flags) },
      pull: pullPolicy(flags),
      signal: this.abort.signal,
      emit,
    });
    const what = `${count(result.layers, 'layer')}, ${count(result.bundledImages, 'container image')}, ${bytes(result.size)}`;
    const why = flags.why ? await this.#origins(result.name, flags.platform?.[0]) : undefined;
    const text = [...(why ?? []).map(describeOrigin), result.name, `${result.digest} (${what})`].join('\n');
    this.result(why ? { ...result, why } : result, flags.quiet ? result.digest : text);
  }

  async #origins(name: string, platform: string | undefined): Promise<{ name: string; origin: string }[]> {
    const { inspectImage } = await import('@sealer/core/images');
    const { bundle } = await inspectImage(await this.openStore(), name, platformFlag(platform));
    return bundle.map((image) => ({ name: image.name, origin: image.origin }));
  }
}
