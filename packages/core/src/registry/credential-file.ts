/** Reads a file of registry credentials and checks what is relied on. What it says of one that is malformed never quotes it: the text is a secret. */
import { readFile } from 'node:fs/promises';
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { registryErrors } from './registry-errors.js';

export interface CredentialFile {
  path: string;
  auths: Record<string, AuthEntry>;
  /** Helper by domain, and helper of everything else. */
  credHelpers: Record<string, string>;
  credsStore: string | undefined;
  /** All that is in it, to be written again. */
  content: Record<string, unknown>;
  /** An error about an entry, with the line it is on. */
  invalid(reason: string, key?: string): SealerError;
}

export interface AuthEntry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

/** @param named the user named it: then it has to be there. @throws CREDENTIALS_UNREADABLE */
export async function readCredentialFile(path: string, named = false): Promise<CredentialFile> {
  let text = '{}';
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    if (!absent || named)
      throw registryErrors.CREDENTIALS_UNREADABLE({ path, reason: absent ? 'it does not exist' : message });
  }
  const at = (offset: number): SourcePosition => {
    const before = text.slice(0, offset).split('\n');
    return { file: path, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  };
  const invalid = (reason: string, key?: string) => {
    const offset = key === undefined ? -1 : text.indexOf(JSON.stringify(key));
    const position = offset < 0 ? {} : { position: at(offset) };
    return registryErrors.CREDENTIALS_UNREADABLE({ path, reason }, position);
  };
  const object = (value: unknown, name: string): Record<string, unknown> => {
    // `null` is how some programs write that there is none.
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) throw invalid(`${name} is not an object`, name);
    return value as Record<string, unknown>;
  };
  let parsed: unknown;
  try {
    // Docker takes an empty file for one without logins.
    parsed = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    const position = at(firstBadOffset(text));
    throw registryErrors.CREDENTIALS_UNREADABLE(
      { path, reason: `it is not JSON (line ${position.line})` },
      { position },
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid('it is not a JSON object');
  const content = parsed as Record<string, unknown>;
  const credHelpers = object(content.credHelpers, 'credHelpers');
  for (const [key, helper] of Object.entries(credHelpers))
    if (typeof helper !== 'string') throw invalid(`credHelpers of ${key} is not the name of a program`, key);
  const { credsStore } = content;
  if (credsStore !== undefined && credsStore !== null && typeof credsStore !== 'string')
    throw invalid('credsStore is not the name of a program', 'credsStore');
  return {
    path,
    content,
    auths: object(content.auths, 'auths') as Record<string, AuthEntry>,
    credHelpers: credHelpers as Record<string, string>,
    credsStore: credsStore || undefined,
    invalid,
  };
}

/** Where a text stops being the beginning of some JSON. The parser's own message may hold a piece of it, and not the place. */
function firstBadOffset(text: string): number {
  const begins = (length: number) => {
    try {
      JSON.parse(text.slice(0, length));
      return true;
    } catch (cause) {
      const { message } = cause as Error;
      const position = Number(/at position (\d+)/.exec(message)?.[1] ?? -1);
      return position >= length || /end of JSON|Unterminated/i.test(message);
    }
  };
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (begins(middle)) good = middle;
    else bad = middle;
  }
  return Math.min(good, text.length);
}
