/** Resources that are read in a way of their own: kustomizations, Secrets, hooks of charts. */
import { type Document, isMap, type Node, type YAMLMap } from 'yaml';
import { entriesOf, itemsOf, resolved, textOf } from './yaml-nodes.js';

/** Images that a kustomization gives to manifests: `{name, newName, newTag, digest}`. */
export function imagesOfKustomization(map: YAMLMap, document: Document): { node: Node; image: string }[] {
  return itemsOf(map.get('images', true), document).flatMap((item) => {
    if (!isMap(item)) return [];
    const read = (name: string) => textOf(resolved(item.get(name, true), document));
    const name = read('newName') ?? read('name');
    const [tag, digest] = [read('newTag'), read('digest')];
    if (!name || !(tag || digest)) return [];
    return [{ node: item, image: digest ? `${name}@${digest}` : `${name}:${tag}` }];
  });
}

/** What the values of a Secret are in base64, where that is text of more than a line. */
export function textsOfSecret(map: YAMLMap, document: Document): { node: Node; text: string }[] {
  const data = resolved(map.get('data', true), document);
  return (isMap(data) ? entriesOf(data, document) : []).flatMap(({ value }) => {
    const text = Buffer.from(textOf(value) ?? '', 'base64').toString('utf8');
    return text.includes('\n') && !text.includes('\uFFFD') ? [{ node: value, text }] : [];
  });
}

/** Run by `helm test` alone. */
export function isTestHook(map: YAMLMap, document: Document): boolean {
  const said = textOf(resolved(map.getIn(['metadata', 'annotations', 'helm.sh/hook'], true), document)) ?? '';
  const hooks = said
    .split(',')
    .map((hook) => hook.trim())
    .filter(Boolean);
  return hooks.length > 0 && hooks.every((hook) => /^test(-|$)/.test(hook));
}
