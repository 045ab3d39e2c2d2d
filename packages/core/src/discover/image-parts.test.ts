/** Images that are written in parts, any of which may be empty, open, or of another kind. */
import { expect, test } from 'vitest';
import { searchText } from './search-text.js';

const hex = 'a'.repeat(64);
const search = (text: string) => {
  const { images, suspects } = searchText(text, { label: String });
  return [...images.map(({ image }) => image), ...suspects.map(({ image, reason }) => `${reason}: ${image}`)];
};
const env = (...pairs: string[]) =>
  `kind: Pod\napiVersion: v1\nspec: {containers: [{name: a, image: main:1, env: [${pairs.map((pair) => `{name: ${pair}}`).join(', ')}]}]}\n`;

test.each<[string[], string[]]>([
  [['IMAGE_NAME, value: acme/y', 'IMAGE_TAG, value: ""'], ['unversioned: acme/y']],
  [['IMAGE_NAME, value: acme/y', 'IMAGE_TAG'], ['unversioned: acme/y']],
  [['IMAGE_NAME, value: acme/y', 'IMAGE_TAG, value: null'], ['unversioned: acme/y']],
  [
    ['IMAGE_NAME, value: acme/y', 'IMAGE_TAG, valueFrom: {configMapKeyRef: {name: a, key: b}}'],
    ['unversioned: acme/y'],
  ],
  [['IMAGE_NAME, value: acme/y', 'IMAGE_VERSION, value: ""'], ['unversioned: acme/y']],
  [['X_IMAGE, value: acme/y', 'X_IMAGE_TAG, value: ""'], ['unversioned: acme/y']],
  [['X_IMAGE, value: acme/y', 'X_TAG, value: ""'], ['unversioned: acme/y']],
  [['X_IMAGE, value: "acme/y:2"', 'X_IMAGE_TAG, value: ""'], ['acme/y:2']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: ""'], ['unversioned: acme/y']],
  [['X_IMAGE_REPOSITORY, value: ""', 'X_IMAGE_TAG, value: "1"'], []],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "{{ .tag }}"'], ['template: acme/y:{{ .tag }}']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "$(TAG)"'], ['template: acme/y:$(TAG)']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "${TAG}"'], ['template: acme/y:${TAG}']],
  [['X_IMAGE_REPOSITORY, value: "{{ .registry }}/y"', 'X_IMAGE_TAG, value: "1"'], ['template: {{ .registry }}/y:1']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: <tag>'], ['unversioned: acme/y']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: CHANGEME'], ['unversioned: acme/y']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: __TAG__'], ['unversioned: acme/y']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "no tag"'], ['unversioned: acme/y']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: 1.10'], ['acme/y:1.10']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: latest'], ['acme/y:latest']],
  [['X_IMAGE_REGISTRY, value: ""', 'X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"'], ['acme/y:1']],
  [
    ['X_IMAGE_REGISTRY, value: q.io/', 'X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"'],
    ['q.io/acme/y:1'],
  ],
  [
    ['X_IMAGE_REGISTRY, value: "{{ .r }}"', 'X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"'],
    ['template: {{ .r }}/acme/y:1'],
  ],
  [
    ['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"', `X_IMAGE_DIGEST, value: "sha256:${hex}"`],
    [`acme/y:1@sha256:${hex}`],
  ],
  [
    ['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: ""', `X_IMAGE_DIGEST, value: "sha256:${hex}"`],
    [`acme/y@sha256:${hex}`],
  ],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"', 'X_IMAGE_DIGEST, value: ""'], ['acme/y:1']],
  [['X_IMAGE_REPOSITORY, value: acme/y', 'X_IMAGE_TAG, value: "1"', 'X_IMAGE_SHA, value: 1b2c3d4'], ['acme/y:1']],
  [['IMAGE, value: "acme/y:"'], []],
  [['IMAGE, value: "acme/y"'], ['acme/y']],
])('in an environment: %j', (pairs, expected) => {
  expect(search(env(...pairs))).toEqual(['main:1', ...expected]);
});

test.each<[string, string[]]>([
  ['image: {registry: "", repository: acme/y, tag: "1"}', ['acme/y:1']],
  ['image: {registry: null, repository: acme/y, tag: "1"}', ['acme/y:1']],
  ['image: {registry: q.io, repository: acme/y, tag: ""}', ['unversioned: q.io/acme/y']],
  ['image: {registry: q.io, repository: acme/y, tag: null}', ['unversioned: q.io/acme/y']],
  ['image: {registry: q.io, repository: acme/y, tag: ~}', ['unversioned: q.io/acme/y']],
  ['image: {registry: q.io, repository: acme/y}', ['unversioned: q.io/acme/y']],
  ['image: {registry: q.io, repository: "", tag: "1"}', []],
  ['image: {registry: q.io, repository: acme/y, tag: 1.10}', ['q.io/acme/y:1.10']],
  ['image: {registry: q.io, repository: acme/y, tag: 1}', ['q.io/acme/y:1']],
  ['image: {registry: q.io, repository: acme/y, tag: 0o17}', ['q.io/acme/y:0o17']],
  ['image: {registry: q.io, repository: acme/y, tag: 1e3}', ['q.io/acme/y:1e3']],
  ['image: {registry: q.io, repository: acme/y, tag: "{{ .v }}"}', ['template: q.io/acme/y:{{ .v }}']],
  ['image: {registry: "{{ .r }}", repository: acme/y, tag: "1"}', ['template: {{ .r }}/acme/y:1']],
  ['image: {registry: q.io, repository: "{{ .n }}", tag: "1"}', ['template: q.io/{{ .n }}:1']],
  ['image: {registry: q.io, repository: acme/y, tag: <version>}', ['unversioned: q.io/acme/y']],
  [`image: {registry: q.io, repository: acme/y, tag: "1", digest: "sha256:${hex}"}`, [`q.io/acme/y:1@sha256:${hex}`]],
  [`image: {registry: q.io, repository: acme/y, tag: "", digest: "${hex}"}`, [`q.io/acme/y@sha256:${hex}`]],
  ['image: {registry: q.io, repository: acme/y, tag: "1", digest: ""}', ['q.io/acme/y:1']],
  ['image: {name: acme/y, tag: ""}', ['unversioned: acme/y']],
  ['image: {name: acme/y, tag: "1"}', ['acme/y:1']],
  ['a: {image: acme/y, tag: ""}', ['unversioned: acme/y']],
  ['a: {image: acme/y, tag: null}', ['unversioned: acme/y']],
  ['a: {image: acme/y, imageTag: ""}', ['unversioned: acme/y']],
  ['a: {image: acme/y, imageVersion: ""}', ['unversioned: acme/y']],
  ['a: {image: acme/y}', ['acme/y']],
  ['a: {repository: nvcr.io/nvidia, image: driver, version: ""}', ['unversioned: nvcr.io/nvidia/driver']],
  ['a: {repository: nvcr.io/nvidia, image: driver, version: "5"}', ['nvcr.io/nvidia/driver:5']],
  ['a: {hub: docker.io/istio, tag: "", proxy: {image: proxyv2}}', []],
])('in a mapping: %s', (text, expected) => {
  expect(search(`kind: Widget\napiVersion: acme.example/v1\nspec:\n  ${text}\n`)).toEqual(expected);
});
