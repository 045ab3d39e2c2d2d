/** What the lines of a Kubefile and the scripts of an image apply, wherever it lies. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { lintImage } from './lint-image.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder[Symbol.asyncDispose]());

const pod = (image: string) =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: "acme/${image}:1"}\n`;

/** Names of images, and codes of warnings with what they are about. */
async function looked(files: Record<string, string>): Promise<string[]> {
  const context = join(folder.path, 'context');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  }
  const said: string[] = [];
  const { images, warnings } = await lintImage({
    context,
    type: 'app-installer',
    store: await openStore(join(folder.path, 'store')),
    stateDirectory: join(folder.path, 'build'),
    emit: (event) => {
      if (event.type === 'message' && event.level === 'warning')
        said.push(`${event.code} ${event.text.split(', ')[0]}`);
    },
  });
  const noticed = warnings.filter(({ code }) => code === 'LINT_IMAGE_NOT_TAKEN');
  return [
    ...images.map(({ name, origin }) => `${name.replace(/^docker.io\/acme\/(.*):1$/, '$1')} ${origin}`),
    ...noticed.map(({ where, text }) => `not taken: ${where} ${text}`),
    ...said.sort(),
  ];
}

const from = 'FROM scratch\n';
const all = `${from}COPY files .\n`;

test.each<[string, Record<string, string>, string[]]>([
  ['CMD', { Kubefile: `${all}CMD kubectl apply -f a.yaml\n`, 'files/a.yaml': pod('a') }, ['a a.yaml:5']],
  [
    'several and by a folder',
    {
      Kubefile: `${all}CMDS ["kubectl apply -f etc/x -f b.json"]\n`,
      'files/etc/x/a.yaml': pod('a'),
      'files/etc/x/deep/c.yaml': 'a: 1\n',
      'files/b.json': '{"kind": "Pod", "spec": {"containers": [{"image": "acme/b:1"}]}}',
    },
    ['a etc/x/a.yaml:5', 'b b.json:1'],
  ],
  ['any ending', { Kubefile: `${all}CMD kubectl apply -f a.txt\n`, 'files/a.txt': pod('a') }, ['a a.txt:5']],
  [
    'a template',
    { Kubefile: `${all}CMD kubectl apply -f etc/a.yaml\n`, 'files/etc/a.yaml.tmpl': pod('a') },
    ['a etc/a.yaml.tmpl:5'],
  ],
  [
    'ENV',
    { Kubefile: `${all}ENV DIR=opt/x\nCMD kubectl apply -f $DIR/a.yaml\n`, 'files/opt/x/a.yaml': pod('a') },
    ['a opt/x/a.yaml:5'],
  ],
  ['cd', { Kubefile: `${all}CMD cd opt && kubectl apply -f .\n`, 'files/opt/a.yaml': pod('a') }, ['a opt/a.yaml:5']],
  [
    'a path of the host',
    {
      Kubefile: `${all}CMD kubectl apply -f /var/lib/sealer/data/my-cluster/rootfs/opt/a.yaml\n`,
      'files/opt/a.yaml': pod('a'),
    },
    ['a opt/a.yaml:5'],
  ],
  [
    'a wildcard',
    {
      Kubefile: `${all}CMD for f in opt/*.yaml; do kubectl apply -f $f; done\n`,
      'files/opt/a.yaml': pod('a'),
      'files/opt/b.yaml': pod('b'),
    },
    ['a opt/a.yaml:5', 'b opt/b.yaml:5'],
  ],
  [
    'APPCMDS, from the folder of the application',
    {
      Kubefile: `${from}COPY files .\nAPP web local://app\nAPPCMDS web ["kubectl apply -f ../../../opt/a.yaml -f x.txt"]\nLAUNCH ["web"]\n`,
      'app/x.txt': pod('x'),
      'files/opt/a.yaml': pod('a'),
    },
    ['a opt/a.yaml:5', 'x application/apps/web/x.txt:5'],
  ],
  [
    'an application that is a script',
    {
      Kubefile: `${all}APP web local://install.sh\nLAUNCH ["web"]\n`,
      'install.sh': 'cd ../../../opt\nkubectl create -f a.yaml\n',
      'files/opt/a.yaml': pod('a'),
    },
    ['a opt/a.yaml:5'],
  ],
  [
    'scripts that call scripts',
    {
      Kubefile: `${all}CMD bash opt/a.sh\n`,
      'files/opt/a.sh': 'sh "$(dirname "$0")/b/c.sh"\n',
      'files/opt/b/c.sh': 'kubectl apply -f $(dirname $0)/a.yaml\n',
      'files/opt/b/a.yaml': pod('a'),
    },
    ['a opt/b/a.yaml:5'],
  ],
  [
    'a script that nothing is seen to call',
    {
      Kubefile: `${all}CMD true\n`,
      'files/scripts/init.sh': 'kubectl apply -f $ROOTFS/opt/a.yaml -f $1\n',
      'files/opt/a.yaml': pod('a'),
    },
    ['a opt/a.yaml:5'],
  ],
  [
    'a hook of the image',
    {
      Kubefile: `${all}CMD true\n`,
      'files/plugins/a.yaml':
        'kind: Plugin\napiVersion: sealer.io/v1\nmetadata: {name: a}\nspec:\n  type: SHELL\n  action: post-install\n  scope: master\n  data: |\n    # x\n    kubectl apply -f opt/a.yaml -f opt/no.yaml\n',
      'files/opt/a.yaml': pod('a'),
    },
    ['a opt/a.yaml:5', expect.stringMatching(/^APPLIED_NOT_FOUND plugins\/a.yaml:10: opt\/no.yaml is no file/)],
  ],
  [
    'an image that a line names',
    { Kubefile: `${from}CMD kubectl run x --image=acme/x:1\n` },
    [expect.stringMatching(/^not taken: CMD in .*Kubefile:2 acme\/x:1 looks like an image/)],
  ],
  [
    'a manifest in a script',
    { Kubefile: `${all}CMD true\n`, 'files/scripts/init.sh': `kubectl apply -f - <<EOF\n${pod('a')}EOF\n` },
    ['a scripts/init.sh:6'],
  ],
  [
    'a kustomization',
    {
      Kubefile: `${all}CMD kubectl apply -k opt/prod\n`,
      'files/opt/prod/kustomization.yaml': 'resources: [../base, x.yaml, "https://example.com/y.yaml"]\n',
      'files/opt/prod/x.yaml': pod('x'),
      'files/opt/base/kustomization.yaml': 'resources: [a.yaml]\n',
      'files/opt/base/a.yaml': pod('a'),
      'files/opt/base/no.yaml': 'a: 1\n',
    },
    [
      'a opt/base/a.yaml:5',
      'x opt/prod/x.yaml:5',
      'APPLIED_FROM_INTERNET opt/prod/kustomization.yaml: https://example.com/y.yaml is fetched when it runs',
    ],
  ],
  [
    'the internet',
    { Kubefile: `${from}CMD kubectl apply -f https://example.com/a.yaml\n` },
    [
      expect.stringMatching(
        /^APPLIED_FROM_INTERNET CMD in .*Kubefile:2: https:\/\/example.com\/a.yaml is fetched when it runs/,
      ),
    ],
  ],
  [
    'a chart of a repository',
    { Kubefile: `${from}CMD helm install web stable/web\n` },
    [expect.stringMatching(/^APPLIED_FROM_INTERNET .*stable\/web/)],
  ],
  [
    'what is not there',
    { Kubefile: `${from}CMD kubectl apply -f etc/no.yaml\n` },
    [expect.stringMatching(/^APPLIED_NOT_FOUND CMD in .*Kubefile:2: etc\/no.yaml is no file that this build brings/)],
  ],
  [
    'what is known only then',
    { Kubefile: `${from}CMD kubectl apply -f $WHAT\n` },
    [expect.stringMatching(/^APPLIED_NOT_FOUND .*Kubefile:2: \$... is no file/)],
  ],
  [
    'what nothing applies',
    { Kubefile: `${all}CMD true\n`, 'files/etc/a.yaml': pod('a') },
    ['not taken: etc/a.yaml:5 acme/a:1 stands in a manifest that nothing seen here applies'],
  ],
  [
    'what is carried anyway',
    { Kubefile: `${all}COPY list manifests/imageList\nCMD true\n`, list: 'acme/a:1\n', 'files/etc/a.yaml': pod('a') },
    ['a manifests/imageList:1'],
  ],
  [
    'other YAML',
    {
      Kubefile: `${all}CMD true\n`,
      'files/etc/a.yaml': 'kind: ClusterConfiguration\nimageRepository: a.example\n',
      'files/compose.yaml': 'services: {a: {image: "acme/a:1"}}\n',
    },
    [],
  ],
  [
    'lists of sealos',
    {
      Kubefile: `${all}CMD true\n`,
      'files/images/shim/AImageList': '# why\nacme/a:1\n\n  acme/b:1  \n',
      'files/images/shim/B.txt': 'acme/b:1\nacme/c:1\n',
    },
    ['a images/shim/AImageList:2', 'b images/shim/AImageList:4', 'c images/shim/B.txt:2'],
  ],
])('%s', async (_, files, expected) => {
  expect(await looked(files)).toEqual(expected);
});

test('what is applied is read as manifests are: a mistake is an error with its place', async () => {
  await expect(
    looked({ Kubefile: `${all}CMD kubectl apply -f a.yaml\n`, 'files/a.yaml': 'a: [\n' }),
  ).rejects.toMatchObject({ code: 'MANIFEST_INVALID', position: { file: 'a.yaml' } });
  await expect(looked({ Kubefile: all, 'files/images/shim/list': 'acme/a:1 b\n' })).rejects.toMatchObject({
    code: 'IMAGE_LIST_INVALID',
    position: { file: 'images/shim/list', line: 1 },
  });
});
