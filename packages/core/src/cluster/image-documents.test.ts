import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { readImageDocuments } from './image-documents.js';

const plugin =
  'apiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {name: a}\nspec: {type: SHELL, action: PreInit, data: x}\n';

test.each<[string, string, RegExp]>([
  ['plugins/a.yaml', plugin.replace('PreInit', 'PreInti'), /^image:plugins\/a\.yaml:4:21 .*did you mean PreInit/],
  ['plugins/a.yml', `# one\n---\n${plugin.replace('data: x', 'data:')}`, /^image:plugins\/a\.yml:6:38 spec\.data/],
  ['plugins/a.yaml', 'a: *b\n', /^image:plugins\/a\.yaml:1:4 there is no anchor/],
  ['plugins/a.yaml', 'a\n', /^image:plugins\/a\.yaml:1:1 the document is no mapping/],
  ['etc/runtime.yml', 'kind: ClusterConfiguration\na: [\n', /^image:etc\/runtime\.yml:3:1 /],
  ['etc/runtime.yml', '{"kind": "InitConfiguration", "a": *x}\n', /^image:etc\/runtime\.yml:1:36 .*anchor/],
])('%s of an image is refused: %j', (path, text, expected) => {
  let found: SealerError | undefined;
  try {
    readImageDocuments({ [path]: text });
  } catch (cause) {
    found = cause as SealerError;
  }
  expect(found?.code).toBe('CLUSTERFILE_INVALID');
  const [first] = found?.errors ?? [];
  expect(`${first?.position?.file}:${first?.position?.line}:${first?.position?.column} ${first?.message}`).toMatch(
    expected,
  );
});

test('what a run does not read is not looked at; what lies in plugins/ in vain is said', () => {
  const warnings: string[] = [];
  const hooks = readImageDocuments(
    { 'plugins/a.yaml': `${plugin}---\nkind: Job\n`, 'etc/other.yaml': 'a: *b\n', 'manifests/x.tmpl': '{{' },
    ({ text, position }) => warnings.push(`${position.file}:${position.line} ${text}`),
  );
  expect(hooks).toMatchObject([{ name: 'a', source: 'image:plugins/a.yaml:1' }]);
  expect(warnings).toEqual([expect.stringMatching(/^image:plugins\/a\.yaml:6 .*kind Job in plugins\/ has no effect/)]);
});
