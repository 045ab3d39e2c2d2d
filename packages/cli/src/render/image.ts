/** A cluster image for people. */
import type { ImageInspection } from '@sealer/core/images';
import { bytes, table } from './format.js';

export function describeImage(image: ImageInspection): string {
  const { name, digest, size, config, bundle, layers, madeBy, platforms, attached } = image;
  const version = (value: { type: string; version?: string } | undefined) =>
    value ? [value.type, value.version].filter(Boolean).join(' ') : 'none';
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, value]) => `  ${key}=${value}`);
  const section = (title: string, lines: readonly string[]) => (lines.length > 0 ? ['', title, ...lines] : []);
  const rootfs = layers.filter(({ role }) => role === 'rootfs');
  return [
    `name               ${name}`,
    `digest             ${digest}`,
    `type               ${config.type}`,
    ...(madeBy ? [`made by            ${madeBy}`] : []),
    `platform           ${config.os}/${config.architecture}`,
    `size               ${bytes(size)}`,
    `runtime            ${version(config.runtime)}`,
    `container runtime  ${version(config.containerRuntime)}`,
    `applications       ${config.apps.map(({ name: app, type }) => `${app}${type ? ` (${type})` : ''}`).join(', ') || 'none'}`,
    `launches           ${[...config.launch.apps, ...config.launch.commands].join(', ') || 'nothing'}`,
    ...section(
      'platforms',
      platforms.map((row) => `  ${row.platform}  ${row.digest.slice(7, 19)}${row.here ? '' : '  (not here)'}`),
    ),
    ...section('labels', pairs(config.labels)),
    ...section('env', pairs(config.env)),
    ...section(
      'layers',
      rootfs.map(
        (layer) => `  ${layer.digest.slice(7, 19)}  ${bytes(layer.size).padStart(9)}  ${layer.createdBy ?? ''}`,
      ),
    ),
    ...section(
      'attached (sealer verify looks at signatures)',
      attached.map(
        ({ kind, digest: one, tag, problem }) =>
          `  ${one.slice(7, 19)}  ${kind}${tag ? ' (tag)' : ''}${problem ? `: ${problem}` : ''}`,
      ),
    ),
    ...(bundle.length > 0
      ? [
          '',
          table([
            ['BUNDLED IMAGE', 'DIGEST', 'SIZE', 'ALONE', 'FROM'],
            ...bundle.map((image) => [
              image.name,
              image.digest.slice(7, 19),
              bytes(image.size),
              bytes(image.uniqueSize),
              image.origin,
            ]),
          ]),
        ]
      : []),
  ].join('\n');
}
