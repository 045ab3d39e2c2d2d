import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { checkDocuments } from './check-documents.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder[Symbol.asyncDispose]());

async function check(
  files: Record<string, string | Buffer>,
  applied: string[] = [],
  kubeApps: string[] = [],
): Promise<string[]> {
  const given = await Promise.all(
    Object.entries(files).map(async ([path, text]) => {
      const source = join(folder.path, path);
      await mkdir(dirname(source), { recursive: true });
      await writeFile(source, text);
      return { path, source };
    }),
  );
  const place = ({ code, position, message }: SealerError) =>
    `${code} ${position?.file}:${position?.line}:${position?.column} ${message.replace(/^it cannot be read: /, '')}`;
  return await checkDocuments(given, { applied: new Set(applied), kubeApps }).then(
    (warnings) => warnings.map(({ code, text }) => `${code} ${text.split(';')[0]}`),
    (cause: SealerError) => (cause.errors.length > 0 ? cause.errors : [cause]).map(place),
  );
}

const app = 'application/apps/a/a.yaml';
const pod = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: acme/a:1}]}\n';

test.each<[string, string, string | Buffer, string[]]>([
  ['right', app, pod, []],
  [
    'no YAML',
    app,
    'a:\n  b: 1\n c: 2\n',
    [`MANIFEST_INVALID ${app}:3:1 all mapping items must start at the same column`],
  ],
  [
    'a key in a value',
    app,
    'image: a: b\n',
    [`MANIFEST_INVALID ${app}:1:8 nested mappings are not allowed in compact mappings`],
  ],
  ['an open bracket', app, 'a: [1,\nb: 2\n', [expect.stringMatching(`^MANIFEST_INVALID ${app}:2:1 `)]],
  ['an open quote', app, 'kind: Pod\na: "x\n', [expect.stringMatching(`^MANIFEST_INVALID ${app}:3:1 missing closing`)]],
  ['a tab', app, 'a:\n\t- b\n', [`MANIFEST_INVALID ${app}:2:1 tabs are not allowed as indentation`]],
  [
    'one bad document of three',
    app,
    `${pod}---\na: @b\n---\n${pod}`,
    [expect.stringMatching(`^MANIFEST_INVALID ${app}:5:4 `)],
  ],
  [
    'two bad documents',
    app,
    'a: @b\n---\na: @b\n',
    [expect.stringMatching(`${app}:1:4`), expect.stringMatching(`${app}:3:4`)],
  ],
  ['only a text', app, 'hello\n', [`MANIFEST_INVALID ${app}:1:1 a mapping is expected, and this is only a text`]],
  ['an alias of nothing', app, 'a: *b\n', [`MANIFEST_INVALID ${app}:1:4 no anchor &b stands before *b`]],
  ['binary', app, Buffer.from('a: b\n\u0000'), [`MANIFEST_INVALID ${app}:2:1 it is no text but binary`]],
  [
    'UTF-16',
    app,
    Buffer.from('\uFEFFa: b\n', 'utf16le'),
    [expect.stringMatching(`^MANIFEST_INVALID ${app}:1:1 it is UTF-16`)],
  ],
  [
    'Latin 1',
    app,
    Buffer.from('a: b\nc: gr\u00fcn\n', 'latin1'),
    [expect.stringMatching(`^MANIFEST_INVALID ${app}:2:6 the byte 0xfc is no UTF-8`)],
  ],
  ['empty', app, '', [`MANIFEST_EMPTY ${app} holds no document`]],
  ['only comments', app, '# a: b\n---\n', [`MANIFEST_EMPTY ${app} holds no document`]],
  ['a key twice', app, 'a: 1\na: 2\n', [`MANIFEST_DUPLICATE_KEY ${app}:2:1: map keys must be unique`]],
  ['what Go reads too', app, 'a: "b"# why\n', []],
  ['an empty document of several', app, `---\n# a\n---\n${pod}`, []],
  ['directives and ends', app, `%YAML 1.2\n---\n${pod}...\n---\n${pod}`, []],
  ['a byte order mark', app, `\uFEFF${pod}`, []],
  ['windows line ends', app, pod.replaceAll('\n', '\r\n'), []],
  ['an anchor before', app, 'a: &b 1\nc: *b\n', []],
  [
    'a template by what it holds',
    app,
    '{{ if .x }}\na: b\n{{ end }}\n',
    [expect.stringMatching(`^MANIFEST_TEMPLATE ${app}:`)],
  ],
  [
    'a template of another kind',
    app,
    '{% if x %}\na: b\n{% endif %}\n',
    [expect.stringMatching(`^MANIFEST_TEMPLATE ${app}:`)],
  ],
  ['actions that are values of YAML', app, 'a: "{{ .x }}"\n', []],
  ['a template by its name', `${app}.tmpl`, '{{ if .x }}\na: b\n{{ end }}\n', []],
  [
    'a template that makes no YAML',
    `${app}.tmpl`,
    'a: {{ .x }}\n b: c\n',
    [expect.stringMatching('^MANIFEST_TEMPLATE')],
  ],
  ['in manifests/', 'manifests/x.yml', 'a: @b\n', [expect.stringMatching('^MANIFEST_INVALID manifests/x.yml:1:4')]],
  ['in network/', 'network/x.yaml', 'a: @b\n', [expect.stringMatching('^MANIFEST_INVALID network/x.yaml:1:4')]],
  [
    'a kustomization',
    'application/apps/a/kustomization.yaml',
    'images: [\n',
    [expect.stringMatching('^MANIFEST_INVALID')],
  ],
  ['JSON', 'manifests/x.json', '{"kind": "Pod",}}\n', [expect.stringMatching('^MANIFEST_INVALID manifests/x.json:1:')]],
  ['JSON one after the other', 'manifests/x.json', '{"kind": "Pod"\n}\n{"kind": "Pod"}\n', []],
  ['JSON that is no manifest', 'manifests/x.json', '{"a": }', []],
  [
    'values',
    'application/values/a/1-v.yaml',
    'a: @b\n',
    [expect.stringMatching('^MANIFEST_INVALID application/values/a/1-v.yaml:1:4')],
  ],
  ['values may be empty', 'application/values/a/1-v.yaml', '', []],
  ['other places are not ours', 'etc/x.yaml', 'a: @b\n', []],
])('%s', async (_, path, text, expected) => {
  expect(await check({ [path]: text })).toEqual(expected);
});

test('of a chart, what is no template; elsewhere, what is applied', async () => {
  expect(
    await check(
      {
        'charts/web/Chart.yaml': 'name: web\nversion: @1\n',
        'charts/web/values.yaml': 'a: [\n',
        'charts/web/templates/a.yaml': '{{ x }\n',
        'charts/web/crds/a.yaml': 'a: @b\n',
        'charts/web/ci/a.yaml': 'a: @b\n',
        'net.yaml': 'a: @b\n',
      },
      ['net.yaml'],
    ),
  ).toEqual([
    expect.stringMatching('^MANIFEST_INVALID charts/web/Chart.yaml:2:10'),
    expect.stringMatching('^MANIFEST_INVALID charts/web/values.yaml:'),
    expect.stringMatching('^MANIFEST_INVALID charts/web/crds/a.yaml:1:4'),
    expect.stringMatching('^MANIFEST_INVALID net.yaml:1:4'),
  ]);
});

test('what is too large to be read is not passed over', async () => {
  const found = await check({ [app]: Buffer.alloc(33 * 1024 * 1024, ' ') });
  expect(found).toEqual([expect.stringMatching(`^MANIFEST_INVALID ${app}:1:1 it has 33 MiB`)]);
});

test('what is applied and is no object is warned of', async () => {
  const no = (place: string) =>
    `MANIFEST_NO_OBJECT ${place}: it has no apiVersion and kind, and kubectl refuses to apply it`;
  expect(await check({ [app]: `${pod}---\n# values\na: 1\n` }, [], ['a'])).toEqual([no(`${app}:6`)]);
  expect(await check({ [app]: 'kind: Pod\n' }, [], ['a'])).toEqual([no(`${app}:1`)]);
  expect(
    await check({ [app]: '{"apiVersion": "v1", "kind": "Pod"}\n---\n{apiVersion: v1, kind: Pod}\n' }, [], ['a']),
  ).toEqual([]);
  expect(await check({ 'etc/a.yaml': 'a: 1\n' }, ['etc/a.yaml'])).toEqual([no('etc/a.yaml:1')]);
  expect(await check({ [app]: 'a: 1\n' })).toEqual([]);
});
