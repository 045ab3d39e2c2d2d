/**
 * Image lists with the credentials of their registries (Go sealer's --image-list-with-auth): YAML, a list of
 *   {registry, username, password, images: [name, ...]}
 * Names without a domain are of that registry. A password may be env:NAME or file:PATH, and never gets into the image.
 */
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { SealerError, type SourcePosition } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import type { ImageListEntry } from '../image/image-list.js';
import { parseReference, type Reference } from '../image/reference.js';
import type { Credentials } from '../registry/user-credentials.js';
import { Secret } from '../secrets/secret.js';
import { placeAt } from '../text/place.js';
import { shapeFault } from '../text/yaml-shape.js';

export interface RegistryImageList {
  entries: ImageListEntry[];
  /** By the full name of the image. */
  credentials: Map<string, Credentials>;
}

const fields = ['registry', 'username', 'password', 'images'];

/** @throws IMAGE_LIST_INVALID with file, line and column; of several mistakes all, in `errors` */
export async function parseRegistryImageList(text: string, file: string): Promise<RegistryImageList> {
  const errors: SealerError[] = [];
  const at = (offset: number): SourcePosition => {
    return { file, ...placeAt(text, Math.min(offset, text.length)) };
  };
  const fail = (what: string, reason: string, node?: Node | null) =>
    errors.push(imageErrors.IMAGE_LIST_INVALID({ text: what, reason }, { position: at(node?.range?.[0] ?? 0) }));
  const shape = shapeFault(text);
  if (shape) {
    const { reason, ...place } = shape;
    throw imageErrors.IMAGE_LIST_INVALID({ text: file, reason }, { position: { file, ...place } });
  }
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false });
  for (const { message, pos } of document.errors)
    errors.push(
      imageErrors.IMAGE_LIST_INVALID(
        { text: file, reason: message.split('\n')[0] ?? message },
        { position: at(pos[0]) },
      ),
    );
  const list: RegistryImageList = { entries: [], credentials: new Map() };
  const rows = isSeq(document.contents) ? document.contents.items : [];
  if (errors.length === 0 && rows.length === 0)
    fail(file, 'a list of {registry, username, password, images} is expected', document.contents);
  for (const row of errors.length === 0 ? rows : []) {
    if (!isMap(row)) {
      fail(String(row), 'a mapping with registry, username, password and images is expected', row as Node);
      continue;
    }
    for (const { key } of row.items)
      if (!fields.includes(String(key)))
        fail(String(key), `it is unknown; known are ${fields.join(', ')}`, key as Node);
    const [registry, username, password] = ['registry', 'username', 'password'].map((name) => {
      const node = row.get(name, true);
      if (isScalar(node) && typeof node.value === 'string' && node.value) return node.value;
      fail(name, 'a text is expected', (node ?? row) as Node);
      return '';
    }) as [string, string, string];
    const names = row.get('images', true);
    if (!isSeq(names)) {
      fail('images', 'a list of names is expected', (names ?? row) as Node);
      continue;
    }
    const secret = await readPassword(password).catch((cause: Error) => {
      // The value itself stays unsaid.
      fail('password', cause.message, row.get('password', true) as Node);
      return new Secret('');
    });
    for (const item of names.items) {
      const node = item as Node;
      const name = isScalar(item) ? String(item.value) : '';
      try {
        const reference = inRegistry(name, registry);
        const origin = `${file}:${at(node.range?.[0] ?? 0).line}`;
        list.entries.push({ reference, source: { kind: 'registry' }, origin });
        list.credentials.set(String(reference), { username, password: secret });
      } catch (cause) {
        if (!SealerError.is(cause)) throw cause;
        fail(name, cause.message, node);
      }
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw imageErrors.IMAGE_LIST_INVALID({ text: file, reason: `${errors.length} mistakes` }, { errors });
  return list;
}

function inRegistry(name: string, registry: string): Reference {
  const first = name.split('/')[0] ?? '';
  const hasDomain = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return parseReference(hasDomain ? name : `${registry}/${name}`);
}

async function readPassword(said: string): Promise<Secret> {
  const [, kind, rest = ''] = /^(env|file):(.+)$/.exec(said) ?? [];
  if (kind === 'file') return new Secret((await readFile(rest, 'utf8')).trim());
  if (kind !== 'env') return new Secret(said);
  const value = process.env[rest];
  if (value === undefined) throw new Error(`the environment has no ${rest}`);
  return new Secret(value);
}
