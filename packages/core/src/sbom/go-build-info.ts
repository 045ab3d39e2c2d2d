/**
 * The modules a Go program was built from, as `go version -m` shows them (Go's debug/buildinfo). The linker puts them
 * behind a magic, at an address that is a multiple of 16, with the strings in place since Go 1.18. Found while the file
 * streams by: memory does not grow with it.
 */
export interface GoModule {
  path: string;
  /** Undefined for what was built from a working tree. */
  version?: string;
}

export interface GoBuildInfo {
  /** `go1.25.1`. */
  goVersion: string;
  /** Package of `main`. */
  packagePath?: string;
  main?: GoModule;
  dependencies: GoModule[];
}

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerLength = 32;
const inlineStrings = 2;
/** Around the module text, so that it can be found in a running program too. */
const sentinelLength = 16;
/** Kubernetes has about 20 KiB of it; more is no module text. */
const longest = 1024 * 1024;

/** Gets the bytes of a file one after the other. */
export class GoBuildInfoFinder {
  #held = Buffer.alloc(0);
  /** True while `#held` begins with a magic whose text has not wholly come. */
  #waiting = false;
  found: GoBuildInfo | undefined;

  push(chunk: Buffer): void {
    if (this.found) return;
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    for (;;) {
      const at = this.#waiting ? 0 : bytes.indexOf(magic);
      if (at < 0) {
        // A magic may be cut by the end of the chunk.
        this.#held = Buffer.from(bytes.subarray(Math.max(0, bytes.length - magic.length + 1)));
        return;
      }
      bytes = bytes.subarray(at);
      const read = readBuildInfo(bytes);
      if (read === 'more' && bytes.length < longest) {
        this.#held = Buffer.from(bytes);
        this.#waiting = true;
        return;
      }
      this.#waiting = false;
      if (read !== 'more' && read !== 'none') {
        this.found = read;
        this.#held = Buffer.alloc(0);
        return;
      }
      // Programs that read build info hold the magic as a text too.
      bytes = bytes.subarray(magic.length);
    }
  }
}

function readBuildInfo(bytes: Buffer): GoBuildInfo | 'more' | 'none' {
  if (bytes.length < headerLength) return 'more';
  if (((bytes[15] as number) & inlineStrings) === 0) return 'none';
  const version = readString(bytes, headerLength);
  if (typeof version === 'string') return version;
  if (!/^(go\d|devel)/.test(version.text)) return 'none';
  const modules = readString(bytes, version.end);
  if (typeof modules === 'string') return modules;
  const text = modules.text.length > 2 * sentinelLength ? modules.text.slice(sentinelLength, -sentinelLength) : '';
  // `go1.25.1 X:experiment` names experiments behind the version.
  return { goVersion: version.text.split(' ')[0] as string, ...parseModules(text) };
}

/** A length as Go's uvarint, then as many bytes. Latin-1 keeps the number of bytes. */
function readString(bytes: Buffer, start: number): { text: string; end: number } | 'more' | 'none' {
  let length = 0;
  let at = start;
  for (let shift = 0; ; shift += 7, at++) {
    const byte = bytes[at];
    if (byte === undefined) return 'more';
    if (shift > 21) return 'none';
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = at + 1 + length;
  if (length > longest) return 'none';
  return end > bytes.length ? 'more' : { text: bytes.toString('latin1', at + 1, end), end };
}

function parseModules(text: string): Pick<GoBuildInfo, 'packagePath' | 'main' | 'dependencies'> {
  let packagePath: string | undefined;
  let main: GoModule | undefined;
  const dependencies: GoModule[] = [];
  for (const line of text.split('\n')) {
    const [kind, path = '', version] = line.split('\t');
    const module = { path, ...(version && version !== '(devel)' ? { version } : {}) };
    if (kind === 'path') packagePath = path;
    else if (kind === 'mod') main = module;
    else if (kind === 'dep') dependencies.push(module);
    // The module in the line above was replaced by this one.
    else if (kind === '=>' && dependencies.length > 0) dependencies[dependencies.length - 1] = module;
  }
  return { ...(packagePath ? { packagePath } : {}), ...(main ? { main } : {}), dependencies };
}
