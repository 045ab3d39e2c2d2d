import { expect, test } from 'vitest';
import type { ImageManifest } from '../image/descriptor.js';
import { isGoSealerManifest, readExtension } from './extension.js';

const digest = `sha256:${'a'.repeat(64)}` as const;
const manifest = (annotations: Record<string, string>): ImageManifest => ({
  schemaVersion: 2,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 1 },
  layers: [],
  annotations,
});
const read = (extension: unknown, images?: unknown) =>
  readExtension(
    manifest({
      'sealer.image.extension': typeof extension === 'string' ? extension : JSON.stringify(extension),
      ...(images === undefined ? {} : { 'sealer.image.container.images': JSON.stringify(images) }),
    }),
    'shop:1',
  );

test('the annotation makes the image', () => {
  expect(isGoSealerManifest(manifest({ 'sealer.image.extension': '{}' }))).toBe(true);
  expect(isGoSealerManifest(manifest({ other: '{}' }))).toBe(false);
});

test('reads what Go sealer 0.11 writes', () => {
  const found = read(
    {
      buildClient: { sealerVersion: 'v0.11.0', buildahVersion: '1.29.1' },
      schemaVersion: 'v1alpha1',
      type: 'app-installer',
      applications: [
        { name: 'web', type: 'kube', files: ['web.yaml'], version: 'v1', env: { A: '1' } },
        { name: 'db', version: 'v1', cmds: ['helm install', 'db .'] },
      ],
      env: { Port: '80' },
      launch: { app_names: ['web', ''], cmds: null },
    },
    [{ image: 'nginx:1.27', appName: 'web', platform: { architecture: 'amd64', os: 'linux', variant: '' } }],
  );
  expect(found).toEqual({
    sealerVersion: 'v0.11.0',
    type: 'app-installer',
    applications: [
      { name: 'web', type: 'kube', files: ['web.yaml'], env: { A: '1' }, commands: [] },
      { name: 'db', type: '', files: [], env: {}, commands: ['helm install', 'db .'] },
    ],
    labels: {},
    env: { Port: '80' },
    launch: { commands: [], apps: ['web'] },
    containerImages: [{ image: 'nginx:1.27', app: 'web' }],
  });
});

test('reads what early 0.9 wrote: launchfiles, and APPCMDS in launch.appConfigs', () => {
  const found = read({
    applications: [{ name: 'web', type: 'shell', launchfiles: ['a.sh'] }],
    launch: {
      appConfigs: [
        { name: 'web', launch: { cmds: ['&& make', 'install'] } },
        { name: 'gone', launch: null },
      ],
    },
  });
  expect(found.type).toBe('kube-installer');
  expect(found.applications).toEqual([
    { name: 'web', type: 'shell', files: ['a.sh'], env: {}, commands: ['&& make', 'install'] },
  ]);
});

test.each([
  ['{"type": ', 'is not JSON'],
  ['[]', 'sealer.image.extension is not an object'],
  [{ schemaVersion: 'v2' }, 'schemaVersion of sealer.image.extension is "v2"'],
  [{ type: 'other' }, 'its type is "other"'],
  [{ applications: {} }, 'applications is not a list'],
  [{ applications: [{ name: '../etc' }] }, 'has the name "../etc"'],
  [{ applications: [{ name: 'a', files: ['../../x'] }] }, 'names the file "../../x"'],
  [{ applications: [{ name: 'a', cmds: [1] }] }, 'applications[0].cmds holds something that is not a string'],
  [{ env: { A: 1 } }, 'env.A is not a string'],
  [{ launch: { app_names: ['x'] } }, 'launches the application "x", which it lacks'],
])('%j is refused: %s', (extension, reason) => {
  const refused = () => read(extension);
  expect(refused).toThrow(reason);
  expect(refused).toThrow(expect.objectContaining({ code: 'GO_IMAGE_INVALID' }));
});

test('a list of container images that is none is refused', () => {
  expect(() => read({}, { image: 'a' })).toThrow('sealer.image.container.images is not a list');
  expect(() => read({}, [{}])).toThrow('sealer.image.container.images[0] has no image');
});
