import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manifestShapes } from '../../../../test/fixtures/discovery/manifest-shapes.js';
import { parseReference } from '../image/reference.js';
import { searchText } from './search-text.js';

const search = (text: string) => searchText(text, { label: (line, source) => `${source ?? 'f'}:${line}` });
const names = (text: string) => search(text).images.map(({ image }) => image);
const container = (fields: string) => `kind: Pod\napiVersion: v1\nspec: {containers: [{name: a, ${fields}}]}\n`;

test.each(manifestShapes.map((shape) => [shape.name, shape] as const))('%s', (_, shape) => {
  const texts = Object.entries(shape.files).flatMap(([path, text]) =>
    path === 'package.json' ? [] : [text as string],
  );
  const found = texts.map(search);
  const images = new Set(found.flatMap((one) => one.images.map(({ image }) => String(parseReference(image)))));
  expect([...images].sort()).toEqual([...shape.images].sort());
  const suspects = found.flatMap((one) => one.suspects.map(({ image }) => image));
  for (const suspect of shape.suspects ?? []) expect(suspects).toContain(suspect);
});

test('places are those of the file, in later documents and in text that is held in fields as well', () => {
  const text = [
    '# first',
    'kind: Namespace',
    '---',
    'kind: ConfigMap',
    'apiVersion: v1',
    'data:',
    '  pod.yaml: |',
    '    spec:',
    '      containers:',
    '      - name: a',
    '        image: acme/held:1',
    '    ---',
    '    spec: {containers: [{image: acme/later:1}]}',
    '---',
    '# Source: web/templates/a.yaml',
    'spec:',
    '  containers:',
    '  - image: acme/plain:1',
  ].join('\n');
  expect(search(text).images).toEqual([
    { image: 'acme/held:1', origin: 'f:11' },
    { image: 'acme/later:1', origin: 'f:13' },
    { image: 'acme/plain:1', origin: 'web/templates/a.yaml:18' },
  ]);
});

test('windows line ends, and text that is no YAML', () => {
  expect(names('spec:\r\n  containers:\r\n  - image: acme/a:1\r\n')).toEqual(['acme/a:1']);
  const broken = '\t{{ range }}\n image: "acme/b:1"\n   image: {{ .x }}\n\t- {\n';
  expect(search(broken)).toMatchObject({ images: [{ image: 'acme/b:1', origin: 'f:2' }] });
});

test.each([
  ['command: [/bin/op, --image, acme/x:1]', ['acme/x:1']],
  ['command: [/bin/op, -image=acme/x:1]', ['acme/x:1']],
  ['args: ["--image-pull-policy=Always", "--image-gc-high-threshold=85", "--images-dir=/a/b"]', []],
  ['args: ["--webhook=https://quay.io/a/b:1", "--listen=0.0.0.0:8080", "--config=/etc/a.yaml"]', []],
  ['args: ["--sidecars=quay.io/a/b:1,quay.io/a/c:2"]', ['quay.io/a/b:1', 'quay.io/a/c:2']],
  ['env: [{name: IMAGE, value: acme/y:1}]', ['acme/y:1']],
  ['env: [{name: ACME_IMAGE_NAME, value: acme/y}, {name: ACME_IMAGE_VERSION, value: "2"}]', ['acme/y:2']],
  ['env: [{name: FOO_REPOSITORY, value: quay.io/acme/y}, {name: FOO_TAG, value: "2"}]', ['quay.io/acme/y:2']],
  ['env: [{name: HELM_REPO, value: stable}, {name: HELM_VERSION, value: "3"}]', []],
  ['env: [{name: IMAGE_REGISTRY, value: quay.io/acme}, {name: IMAGES_PATH, value: a/b}]', []],
  ['env: [{name: IMAGE_FROM, valueFrom: {fieldRef: {fieldPath: a/b}}}]', []],
])('%s', (fields, expected) => {
  expect(names(container(`image: main:1, ${fields}`))).toEqual(['main:1', ...expected]);
});

test('templates: actions on lines of their own, over lines, before and within values', () => {
  const text = [
    '{{- /* several',
    '   lines */ -}}',
    'spec:',
    '  containers:',
    '  {{- range .Values.all }}',
    '  - name: {{ .name }}',
    '    image: acme/{{ .name }}:1',
    '  {{ end }}',
    '  - {{ .key }}: x {{ .more }}',
    '    image: acme/kept:1 {{/* why */}}',
  ].join('\n');
  const { images, suspects } = search(text);
  expect(suspects).toEqual([{ image: 'acme/{{...}}:1', origin: 'f:7', reason: 'template' }]);
  expect(images).toEqual([{ image: 'acme/kept:1', origin: 'f:10' }]);
});

test('what a cluster reported, and mappings by another name', () => {
  const text =
    'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: acme/a:1}]}\nstatus: {containerStatuses: [{image: acme/b:1, imageID: "acme/b@sha256:1"}]}\n';
  expect(names(text)).toEqual(['acme/a:1']);
  expect(search('spec:\n  image:\n    repo: acme/c\n    tag: 1\n').images).toEqual([
    { image: 'acme/c:1', origin: 'f:3' },
  ]);
});

test('whatever a file holds, it is no error', () => {
  const part = fc.constantFrom(
    'image: a/b:1\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    '"',
    '{{',
    '}}',
    '---\n',
    '&a ',
    '*a ',
    ': ',
    '|\n',
    '<<: ',
    '\n',
    'kind: Secret\n',
  );
  fc.assert(fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 6 }))), (parts) => void search(parts.join(''))));
});

test('what goes in circles or thousands of levels deep ends', () => {
  expect(names('a: &a {<<: &b {<<: *a, image: acme/a:1}}\n')).toEqual(['acme/a:1']);
  const levels = 20_000;
  expect(names(`image: acme/b:1\nx: ${'['.repeat(levels)}${']'.repeat(levels)}\n`)).toEqual(['acme/b:1']);
  const started = performance.now();
  expect(names(`data: ${'a.b/c.d/'.repeat(50_000)}\n`)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('an alias bomb ends', () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}, *l${level}]`,
  );
  const text = `l0: &l0 [{image: acme/a:1}]\n${levels.join('\n')}\n`;
  expect(names(text)).toEqual(['acme/a:1']);
}, 20_000);
