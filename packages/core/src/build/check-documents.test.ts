import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { buildImage } from './build-image.js';
import { lintImage } from './lint-image.js';

const plugin = (spec: string) =>
  `apiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {name: pre_init}\nspec: {${spec}}\n`;
const kubefile = 'FROM scratch\nLABEL cluster.alpha.sealer.io/cluster-runtime-type=any\nCOPY . .\n';

async function inContext(
  files: Record<string, string | Buffer>,
  work: (options: Parameters<typeof buildImage>[0]) => Promise<void>,
) {
  await using folder = await temporaryDirectory();
  const context = join(folder.path, 'context');
  for (const [path, text] of Object.entries({ Kubefile: kubefile, ...files })) {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  }
  const store = await openStore(join(folder.path, 'store'));
  await work({ context, tag: 'test:1', store, stateDirectory: join(folder.path, 'build') });
  return store;
}

test.each<[string, string | Buffer, RegExp, number]>([
  ['plugins/a.yaml', plugin('type: SHELL, action: nowhere, data: x'), /no phase "nowhere"/, 4],
  ['plugins/a.yaml', plugin('type: SHELL, action: PreInit'), /spec\.data: it is empty/, 4],
  ['plugins/a.yaml', 'a: *b\n', /no anchor &b/, 1],
  ['etc/runtime.yaml', 'kind: ClusterConfiguration\nb: 1\nb: 2\n', /unique/, 3],
])(
  '%s that a run refuses is refused by lint and build, at its place in the context',
  async (path, text, message, line) => {
    await inContext({ [path]: text }, async (options) => {
      for (const work of [() => buildImage(options), () => lintImage(options)]) {
        const error = await work().then(
          () => undefined,
          (cause) => cause,
        );
        expect(error).toMatchObject({ code: 'CLUSTERFILE_INVALID' });
        expect(error.errors[0]).toMatchObject({ message: expect.stringMatching(message), position: { line } });
        expect(error.errors[0].position.file).toBe(join(options.context, path));
      }
    });
  },
);

test.each<[string, Buffer, string]>([
  ['plugins/a.yaml', Buffer.from([0x61, 0xff]), 'CLUSTERFILE_YAML'],
  ['plugins/a.yaml', Buffer.alloc(300_000, 0x23), 'CLUSTERFILE_UNREADABLE'],
])('%s that is no text, or too large, is no image', async (path, bytes, code) => {
  await inContext({ [path]: bytes }, async (options) => {
    await expect(buildImage(options)).rejects.toMatchObject({ code });
  });
});

test('what has no effect is a warning of both', async () => {
  await inContext(
    { 'plugins/a.yaml': plugin('type: LABEL, action: PreGuest, data: 10.0.0.1 a=b') },
    async (options) => {
      const events: SealerEvent[] = [];
      await buildImage({ ...options, emit: (event) => events.push(event) });
      const warning = /plugins\/a\.yaml:4:8: type LABEL needs a plugin/;
      expect(events).toContainEqual({ type: 'message', level: 'warning', text: expect.stringMatching(warning) });
      const { warnings } = await lintImage(options);
      expect(warnings).toContainEqual(expect.objectContaining({ code: 'LINT_DOCUMENT' }));
    },
  );
});
