/**
 * Walks one document: PodSpecs wherever they stand (lists, templates in custom resources, manifests held as text), image
 * volumes, settings and arguments by which operators are told of images, split images, and fields that are called so.
 */

import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { tooDeep } from '../text/yaml-shape.js';
import {
  couldBeImage,
  type Discovery,
  type FoundImage,
  hasVersion,
  isCertainlyImage,
  isComposedName,
  isTemplate,
  type Suspect,
  type SuspectReason,
} from './found-image.js';
import { imagesInArgument } from './image-arguments.js';
import { imagesInSettings, saysImage } from './image-settings.js';
import { imagesOfKind, namesWhatIsNotRun } from './known-fields.js';
import { imagesOfKustomization, isTestHook, textsOfSecret } from './special-resources.js';
import { splitImage } from './split-image.js';
import { readable, withoutActions } from './template-text.js';
import { type Entry, entriesOf, itemsOf, resolved, textOf } from './yaml-nodes.js';

/** Lists of containers of pods: whatever these say is an image. */
const podLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);
/** Of Tekton and Argo, where other things have these names too. */
const otherLists = new Set(['steps', 'sidecars']);
const singleContainers = new Set(['container', 'script', 'stepTemplate']);
/** Text in these is for people, or of earlier. */
const notLookedAt = /^(description|kubectl\.kubernetes\.io\/last-applied-configuration)$/;
const deepestText = 3;
const longestText = 1024 * 1024;

interface Options {
  originOf(node: Node): string;
  /** @param below lines below the node's own */
  originAt(node: Node, below: number): string;
  tests?: boolean | undefined;
  depth?: number;
}

export class SearchDocument implements Discovery {
  readonly images: FoundImage[] = [];
  readonly suspects: Suspect[] = [];
  readonly #seen = new Set<Node>();
  /** Under which fields a collection was walked: aliases can make a small text an endless one. */
  readonly #walked = new Map<Node, Set<string>>();
  /** Why nothing of the part being walked is carried. */
  #instead: SuspectReason | undefined;

  constructor(
    private readonly document: Document,
    private readonly options: Options,
  ) {}

  visit(node: Node, key = ''): void {
    if (notLookedAt.test(key)) return;
    if (isScalar(node)) {
      this.#scalar(node, key);
      return;
    }
    const walked = this.#walked.get(node) ?? new Set();
    if (walked.has(key)) return;
    this.#walked.set(node, walked.add(key));
    if (isSeq(node)) {
      for (const item of itemsOf(node, this.document)) {
        if (isMap(item) && (podLists.has(key) || otherLists.has(key))) this.#container(item, podLists.has(key));
        this.visit(item, key);
      }
    } else if (isMap(node)) this.#map(node, key);
  }

  #map(map: YAMLMap, key: string): void {
    const entries = entriesOf(map, this.document);
    const read = (name: string) => textOf(entries.find((entry) => entry.key === name)?.value);
    const before = this.#instead;
    const [apiVersion, kind] = [read('apiVersion'), read('kind')];
    if (apiVersion && kind) this.#resource(map, entries, apiVersion, kind);
    if (singleContainers.has(key) && read('image')) this.#container(map, false);
    const volume = resolved(map.get('reference', true), this.document);
    if (key === 'image' && textOf(volume)) this.#take(volume as Node, textOf(volume) as string);
    const split = splitImage(read, key, (name) => entries.some((entry) => entry.key === name));
    if (split) this.#take(this.#nodeOf(entries, split.field), split.image, split.unversioned);
    if (read('hub') && read('tag')) this.#ofHub(entries, `${read('hub')}`, `${read('tag')}`);
    this.#settings(entries, false, key === 'data' || key === 'stringData');
    // What a cluster reported is not asked for.
    for (const { key: name, value } of entries) if (!(kind && name === 'status')) this.visit(value, name);
    this.#instead = before;
  }

  #resource(map: YAMLMap, entries: readonly Entry[], apiVersion: string, kind: string): void {
    const field = (path: string) => textOf(resolved(map.getIn(path.split('.'), true), this.document));
    if (namesWhatIsNotRun(apiVersion, kind)) this.#instead = 'elsewhere';
    if (!this.options.tests && isTestHook(map, this.document)) this.#instead = 'test';
    const { images, unversioned } = imagesOfKind(apiVersion, kind, field);
    const place = this.#nodeOf(entries, 'spec');
    for (const image of images) this.#add(place, image);
    for (const image of unversioned) this.#suspect(place, image, 'unversioned');
    if (kind === 'Kustomization')
      for (const { node, image } of imagesOfKustomization(map, this.document)) this.#add(node, image);
    if (kind === 'Secret') for (const { node, text } of textsOfSecret(map, this.document)) this.#text(node, text, 0);
  }

  /** Istio's values: `{hub, tag, proxy: {image: proxyv2}}`. */
  #ofHub(entries: readonly Entry[], hub: string, tag: string): void {
    for (const { value } of entries)
      for (const { key, value: name } of isMap(value) ? entriesOf(value, this.document) : []) {
        const text = key === 'image' ? textOf(name) : undefined;
        if (text && couldBeImage(text) && !isComposedName(text)) this.#take(name, `${hub}/${text}:${tag}`);
      }
  }

  /** @param strict a pod's: whatever it says is an image */
  #container(container: YAMLMap, strict: boolean): void {
    const entries = entriesOf(container, this.document);
    const image = entries.find(({ key }) => key === 'image')?.value;
    const text = textOf(image)?.trim();
    // Istio's injector replaces `auto`.
    if (image && text && text !== 'auto' && (strict || couldBeImage(text) || isTemplate(text))) this.#take(image, text);
    for (const name of ['command', 'args']) this.#arguments(entries.find(({ key }) => key === name)?.value);
    const env = itemsOf(entries.find(({ key }) => key === 'env')?.value, this.document).filter(isMap);
    const settings = env.flatMap((entry): Entry[] => {
      const [name, value] = ['name', 'value'].map((one) => resolved(entry.get(one, true), this.document));
      return textOf(name) && value ? [{ key: textOf(name) as string, value }] : [];
    });
    this.#settings(settings, true, true);
  }

  #arguments(list: Node | undefined): void {
    let before = '';
    for (const item of isSeq(list) ? itemsOf(list, this.document) : []) {
      const text = textOf(item) ?? '';
      this.#takeAll(item, imagesInArgument(text, before));
      before = text;
    }
  }

  /** @param anyName what is certainly an image is one under any name @param single not pairs alone */
  #settings(entries: readonly Entry[], anyName: boolean, single: boolean): void {
    const nodes = new Map<string, Node>();
    const settings = entries.flatMap(({ key, value }) => {
      const text = textOf(value);
      if (text === undefined || this.#seen.has(value)) return [];
      nodes.set(key, value);
      return [{ name: key, text: text.trim() }];
    });
    const found = imagesInSettings(settings, anyName).filter(({ setting, image }) => single || image !== setting.text);
    for (const [key, node] of nodes)
      this.#takeAll(
        node,
        found.filter(({ setting }) => setting.name === key),
      );
  }

  #scalar(node: Scalar, key: string): void {
    const text = textOf(node);
    if (text === undefined || this.#seen.has(node)) return;
    const name = text.replace(/^docker:\/\//, '');
    const isOne = key === 'image' ? isComposedName(name) : saysImage(key) && hasVersion(name) && name.includes('/');
    if (isOne && couldBeImage(name)) this.#take(node, name);
    else if (key === 'image' && isTemplate(text)) this.#suspect(node, text, 'template');
    else if (isCertainlyImage(text)) this.#suspect(node, text, 'elsewhere');
    else if (/[\s,{[=]/.test(text))
      this.#text(node, text, node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED ? 1 : 0);
  }

  /** A manifest or settings held as text; in other text, images are only noticed. */
  #text(node: Node, text: string, below: number): void {
    const depth = this.options.depth ?? 0;
    if (text.length > longestText || depth >= deepestText || this.#seen.has(node)) return;
    this.#seen.add(node);
    let line = below;
    for (const piece of text.split(/^---(?=\s|$)/m)) {
      this.#piece(node, piece, line, depth);
      line += piece.split('\n').length - 1;
    }
  }

  #piece(node: Node, piece: string, line: number, depth: number): void {
    const document = /[:{]/.test(piece) && /image|kind/i.test(piece) ? parseText(piece) : undefined;
    if (document) {
      const lineOf = (inner: Node) => line + piece.slice(0, inner.range?.[0] ?? 0).split('\n').length - 1;
      const search = new SearchDocument(document, {
        originOf: (inner) => this.options.originAt(node, lineOf(inner)),
        originAt: (inner, more) => this.options.originAt(node, lineOf(inner) + more),
        tests: this.options.tests,
        depth: depth + 1,
      });
      search.#instead = this.#instead;
      search.visit(document.contents as Node);
      this.images.push(...search.images);
      this.suspects.push(...search.suspects);
      return;
    }
    for (const [index, one] of piece.split('\n').entries())
      for (const { image } of /[/:]/.test(one) ? imagesInArgument(one.trim()) : [])
        this.suspects.push({ image, origin: this.options.originAt(node, line + index), reason: 'elsewhere' });
  }

  #nodeOf(entries: readonly Entry[], name: string): Node {
    return (entries.find(({ key }) => key === name)?.value ?? this.document.contents) as Node;
  }

  /** Several of one text. */
  #takeAll(node: Node, found: readonly { image: string; unversioned?: boolean }[]): void {
    if (this.#seen.has(node)) return;
    for (const { image, unversioned } of found) {
      this.#seen.delete(node);
      this.#take(node, image, unversioned);
    }
  }

  #take(node: Node, image: string, unversioned = false): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    if (isTemplate(image)) this.#suspect(node, image, 'template');
    else if (unversioned) this.#suspect(node, image, 'unversioned');
    else this.#add(node, image);
  }

  #add(node: Node, image: string): void {
    if (this.#instead) this.#suspect(node, image, this.#instead);
    else this.images.push({ image, origin: this.options.originOf(node) });
  }

  #suspect(node: Node, image: string, reason: SuspectReason): void {
    const origin = this.options.originOf(node);
    this.suspects.push({ image: readable(image), origin, reason: this.#instead ?? reason });
  }
}

function parseText(text: string): Document | undefined {
  for (const candidate of text.includes('{{') ? [text, withoutActions(text)] : [text]) {
    if (tooDeep(candidate) !== undefined) continue;
    const document = parseDocument(candidate, { uniqueKeys: false, logLevel: 'silent' });
    if (document.errors.length === 0 && (isMap(document.contents) || isSeq(document.contents))) return document;
  }
  return undefined;
}
