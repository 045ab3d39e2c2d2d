/**
 * Images that Kubernetes documents name: every PodSpec, wherever it stands (lists, CRDs' embedded templates), image
 * volumes, images that operators are told of by arguments and environment, and `image` fields of custom resources.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLMap } from 'yaml';
import { couldBeImage, type Discovery, type FoundImage, isCertainlyImage } from './found-image.js';

const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);
/** Environment variables by which operators are told of images: RELATED_IMAGE_X, X_IMAGE, IMAGE_X. */
const imageVariable = /(^|_)IMAGES?(_|$)/i;
/** Arguments that do the same: --config-reloader-image=..., -image ... */
const imageArgument = /^--?[\w-]*image[\w-]*$/i;

/** @param label what stands before the line in origins. Documents that are no YAML (templates) say nothing. */
export function imagesInYaml(text: string, label: (line: number) => string): Discovery {
  const lines = new LineCounter();
  const search = new Search((node) => label(lines.linePos(node.range?.[0] ?? 0).line));
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    if (document.errors.length > 0 || !isMap(document.contents)) continue;
    search.visit(document.contents as Node);
  }
  return search;
}

class Search implements Discovery {
  readonly images: FoundImage[] = [];
  readonly suspects: FoundImage[] = [];
  readonly #taken = new Set<Node>();

  constructor(private readonly originOf: (node: Node) => string) {}

  visit(node: Node, key = ''): void {
    if (isAlias(node)) return;
    if (isSeq(node)) {
      for (const item of node.items) this.#item(item as Node, key);
      return;
    }
    if (isMap(node)) {
      this.#map(node);
      return;
    }
    if (!isScalar(node) || typeof node.value !== 'string' || this.#taken.has(node)) return;
    if (key === 'image' && couldBeImage(node.value) && /[/:]/.test(node.value)) this.#take(node, node.value);
    else if (isCertainlyImage(node.value)) this.suspects.push({ image: node.value, origin: this.originOf(node) });
  }

  #item(item: Node, key: string): void {
    if (containerLists.has(key) && isMap(item)) this.#container(item);
    if (key === 'volumes' && isMap(item)) {
      const reference = item.getIn(['image', 'reference'], true) as Node | undefined;
      if (isScalar(reference) && typeof reference.value === 'string') this.#take(reference, reference.value);
    }
    this.visit(item, key);
  }

  #map(map: YAMLMap): void {
    this.#composed(map);
    for (const pair of map.items) {
      if (!isPair(pair) || !pair.value) continue;
      this.visit(pair.value as Node, String((pair.key as { value?: unknown })?.value ?? pair.key));
    }
  }

  #container(container: YAMLMap): void {
    const image = container.get('image', true) as Node | undefined;
    if (isScalar(image) && typeof image.value === 'string' && image.value !== '') this.#take(image, image.value);
    for (const name of ['args', 'command']) this.#arguments(container.get(name, true) as Node | undefined);
    const env = container.get('env', true) as Node | undefined;
    for (const entry of isSeq(env) ? env.items : []) {
      if (!isMap(entry) || !imageVariable.test(String(entry.get('name') ?? ''))) continue;
      const value = entry.get('value', true) as Node | undefined;
      if (isScalar(value) && typeof value.value === 'string' && couldBeImage(value.value) && /[/:]/.test(value.value))
        this.#take(value, value.value);
    }
  }

  #arguments(list: Node | undefined): void {
    let named = false;
    for (const item of isSeq(list) ? list.items : []) {
      if (!isScalar(item) || typeof item.value !== 'string') continue;
      const [flag = '', ...rest] = item.value.split('=');
      const value = named ? item.value : rest.join('=');
      if ((named || imageArgument.test(flag)) && couldBeImage(value) && /[/:]/.test(value)) this.#take(item, value);
      named = rest.length === 0 && imageArgument.test(flag);
    }
  }

  /** `{registry, repository, tag, digest}`, as custom resources and values of charts split it. */
  #composed(map: YAMLMap): void {
    const text = (name: string) => {
      const value = map.get(name);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    };
    const repository = text('repository');
    const [tag, digest] = [text('tag'), text('digest')];
    if (!repository || (!tag && !digest) || !couldBeImage(repository)) return;
    const name = [text('registry'), repository].filter(Boolean).join('/');
    const image = `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
    if (!couldBeImage(image)) return;
    const node = map.get('repository', true) as Node;
    this.#take(node, image);
  }

  #take(node: Node, image: string): void {
    if (this.#taken.has(node)) return;
    this.#taken.add(node);
    this.images.push({ image, origin: this.originOf(node) });
  }
}
