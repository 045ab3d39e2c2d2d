import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type LintFacts, lint, lintRules } from './lint-rules.js';
import { parseKubefile } from './parse.js';

const facts = (kubefile: string, more: Partial<LintFacts> = {}): LintFacts => ({
  instructions: parseKubefile(kubefile, 'Kubefile'),
  files: [],
  images: [],
  suspects: [],
  ignored: [],
  documents: [],
  inherited: [],
  hasRuntime: true,
  hasIgnoreFile: true,
  kubeVersion: undefined,
  ...more,
});
const found = (kubefile: string, more: Partial<LintFacts> = {}) =>
  lint(facts(kubefile, more)).map(({ code, where }) => `${code} ${where}`);

test.each<[string, string, Partial<LintFacts>, string[]]>([
  ['nothing to say', 'FROM base:1\nARG V\nCOPY a-${V} b\nAPP web local://w.yaml\nLAUNCH ["web"]\n', {}, []],
  [
    'a document without effect',
    'FROM a:1\n',
    { documents: [{ text: 'x', position: { file: 'plugins/a.yaml', line: 2, column: 3 } }] },
    ['LINT_DOCUMENT plugins/a.yaml:2:3'],
  ],
  ['FROM', 'FROM base\n', {}, ['LINT_FROM_LATEST Kubefile:1:1']],
  ['FROM latest', 'FROM reg.example:5000/base:latest\n', {}, ['LINT_FROM_LATEST Kubefile:1:1']],
  ['FROM a version', 'FROM reg.example:5000/base:1\n', {}, []],
  ['FROM an argument', 'ARG V=1\nFROM base:${V}\n', {}, []],
  ['FROM scratch', 'FROM scratch\n', {}, []],
  ['an unused ARG', 'FROM a:1\nARG B\nARG C\nCOPY $C d\n', {}, ['LINT_ARG_UNUSED Kubefile:2:1']],
  ['used in here-documents', 'FROM a:1\nARG B\nARG C\nCOPY <<E x\n$B\nE\nRUN <<E\n$C\nE\n', {}, []],
  ['unknown in a here-document', 'FROM a:1\nCOPY <<E x\n$B\nE\n', {}, ['LINT_VARIABLE_UNKNOWN Kubefile:2:1']],
  ['an unknown variable', 'FROM a:1\nCOPY ${WHAT} b\n', {}, ['LINT_VARIABLE_UNKNOWN Kubefile:2:1']],
  ['known variables', 'FROM a:1\nENV X=1\nCOPY ${X}/$ARCH/${Y}/${Z:-1} b\n', { inherited: ['Y'] }, []],
  ['variables of a shell', 'FROM a:1\nCMDS ["echo $HOME"]\n', {}, []],
  [
    'secrets',
    'FROM a:1\n',
    {
      files: ['etc/tls/server.key', 'root/.ssh/id_ed25519', 'app/.env', 'etc/ca.crt', 'bin/key'].map((path) => ({
        path,
      })),
    },
    ['etc/tls/server.key', 'root/.ssh/id_ed25519', 'app/.env'].map((path) => `LINT_SECRET_FILE ${path}`),
  ],
  ['the whole context', 'FROM a:1\nCOPY . .\n', { hasIgnoreFile: false }, ['LINT_WHOLE_CONTEXT Kubefile:2:1']],
  ['not all of it', 'FROM a:1\nCOPY . .\n', {}, []],
  [
    'no KUBEVERSION',
    'FROM scratch\nAPP web local://a.yaml\nLAUNCH ["web"]\n',
    { hasRuntime: false },
    ['LINT_KUBEVERSION_MISSING Kubefile:2:1'],
  ],
  ['KUBEVERSION', 'FROM scratch\nAPP w local://a.yaml\nLAUNCH w\n', { hasRuntime: false, kubeVersion: '>=1.28' }, []],
  ['nothing launched', 'FROM a:1\nAPP w local://a.yaml\n', {}, ['LINT_APP_NOT_LAUNCHED Kubefile:2:1']],
  [
    'one not launched',
    'FROM a:1\nAPP w local://a.yaml\nAPP x local://a.yaml\nLAUNCH ["x"]\n',
    {},
    ['LINT_APP_NOT_LAUNCHED Kubefile:2:1'],
  ],
  [
    'images',
    'FROM a:1\n',
    {
      images: [
        { name: 'docker.io/library/nginx:latest', origin: 'manifests/a.yaml:3, manifests/b.yaml:1' },
        { name: 'docker.io/library/old:latest', origin: 'FROM docker.io/library/a:1: manifests/a.yaml:3' },
      ],
      suspects: [{ image: 'acme/a:1', origin: 'x.yaml:2, y.yaml:3', why: 'looks odd' }],
    },
    ['LINT_IMAGE_NOT_TAKEN x.yaml:2', 'LINT_IMAGE_LATEST manifests/a.yaml:3'],
  ],
  [
    'an ignored image that is none',
    'FROM a:1\n',
    { ignored: [{ text: 'ngnix', position: { file: 'ignored', line: 2, column: 1 }, used: false }] },
    ['LINT_IGNORED_UNUSED ignored:2:1'],
  ],
])('%s', (_, kubefile, more, expected) => {
  expect(found(kubefile, more)).toEqual(expected);
});

test('docs/kubefile.md lists every rule', () => {
  const text = readFileSync(new URL('../../../../docs/kubefile.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^- `(LINT_\w+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(Object.keys(lintRules));
});

test('every rule says what it is about and what to do', () => {
  for (const [code, { about, hint }] of Object.entries(lintRules)) {
    expect(code).toMatch(/^LINT_[A-Z_]+$/);
    expect(about).toMatch(/^[A-Z].*\.$/);
    expect(hint).not.toBe('');
  }
});
