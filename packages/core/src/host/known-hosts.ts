/** OpenSSH known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): read the user's, write only our own. */
import { createHash, createHmac } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { appendLine } from '../store/append-line.js';
import { matchesWildcard } from '../text/wildcard.js';

export interface KnownKey {
  type: string;
  /** Base64 of the key blob. */
  key: string;
  revoked: boolean;
  /** `file:line`. */
  place: string;
}

/** `SHA256:...` as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The algorithm name inside a public key blob (RFC 4253 section 6.6). */
export function keyType(blob: Buffer): string {
  return blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
}

export function ownKnownHosts(sealerHome: string): string {
  return join(sealerHome, 'known_hosts');
}

/** All keys known for an address, from the user's files, the system's and ours. */
export async function knownKeys(sealerHome: string, address: string, port: number): Promise<KnownKey[]> {
  const files = [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts', ownKnownHosts(sealerHome)];
  const found: KnownKey[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [index, line] of text.split('\n').entries()) {
      const entry = parseLine(line, nameFor(address, port));
      if (entry) found.push({ ...entry, place: `${file}:${index + 1}` });
    }
  }
  return found;
}

/** Remembers a key in our own file. One short append: concurrent runs do not disturb each other. */
export async function rememberKey(sealerHome: string, address: string, port: number, blob: Buffer): Promise<void> {
  const file = ownKnownHosts(sealerHome);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await appendLine(file, `${nameFor(address, port)} ${keyType(blob)} ${blob.toString('base64')}`, 0o600);
}

function nameFor(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

function parseLine(line: string, name: string): Omit<KnownKey, 'place'> | undefined {
  const words = line.trim().split(/\s+/);
  if (!words[0] || words[0].startsWith('#')) return undefined;
  const marker = words[0].startsWith('@') ? words.shift() : undefined;
  // Certificate authorities say nothing of a plain key.
  if (marker === '@cert-authority') return undefined;
  const [names, type, key] = words;
  if (!names || !type || !key || !matches(names, name)) return undefined;
  return { type, key, revoked: marker === '@revoked' };
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt, hash] = names.split('|');
    return (
      createHmac('sha1', Buffer.from(salt ?? '', 'base64'))
        .update(name)
        .digest('base64') === hash
    );
  }
  const patterns = names.split(',');
  const hit = (pattern: string) => matchesWildcard(pattern, name);
  if (patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern));
}
