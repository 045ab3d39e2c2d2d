/** Follows what lines and scripts apply to the files of the image, wherever they lie; what is not there is said. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { appliedBy, type ShellText } from './applied.js';
import type { AppliedChart, AppliedInput, AppliedManifest } from './applied-commands.js';
import { fetched, PathFinder, type PathMatch } from './applied-paths.js';
import type { DiscoverFile } from './charts.js';
import { textOfDocument } from './document-text.js';
import { resourcesOf } from './kustomization.js';

/** One way in which a chart is installed. */
export interface ChartUse {
  release: string | undefined;
  namespace: string | undefined;
  /** Values files on this machine. */
  values: readonly string[];
  set: readonly string[];
  /** Something of it is known only when it runs. */
  partly: boolean;
  /** A line of the Kubefile comes to it; else a script that only lies there. */
  launched: boolean;
  origin: string;
}

export interface AppliedFiles {
  /** Paths of manifests. */
  manifests: ReadonlySet<string>;
  /** Of what is executed, the lines themselves: they may name images. */
  lines: readonly { text: string; label: (line: number) => string }[];
  texts: readonly { text: string; label: (line: number) => string }[];
  /** By the chart's folder or archive. */
  charts: ReadonlyMap<string, readonly ChartUse[]>;
  notices: readonly AppliedNotice[];
}

export interface AppliedNotice {
  code: 'APPLIED_FROM_INTERNET' | 'APPLIED_NOT_FOUND';
  text: string;
}

/** Scripts call each other; longer chains are circles. */
const deepest = 8;

/** @param launched what the Kubefile says is executed */
export async function findApplied(
  given: readonly DiscoverFile[],
  launched: readonly ShellText[],
): Promise<AppliedFiles> {
  const follower = new Follower(given);
  for (const text of launched) await follower.follow(text, true);
  follower.lines.push(...launched);
  await follower.followOthers();
  return follower;
}

class Follower implements AppliedFiles {
  readonly manifests = new Set<string>();
  readonly lines: { text: string; label: (line: number) => string }[] = [];
  readonly texts: { text: string; label: (line: number) => string }[] = [];
  readonly charts = new Map<string, ChartUse[]>();
  readonly #notices = new Map<string, AppliedNotice>();
  readonly #files: Map<string, DiscoverFile>;
  readonly #finder: PathFinder;
  readonly #scripts = new Set<string>();

  constructor(given: readonly DiscoverFile[]) {
    this.#files = new Map(given.map((file) => [file.path, file]));
    this.#finder = new PathFinder([...this.#files.keys()]);
  }

  get notices(): AppliedNotice[] {
    return [...this.#notices.values()];
  }

  async follow(given: ShellText, launched: boolean, depth = 0): Promise<void> {
    for (const one of appliedBy(given)) {
      if (one.kind === 'text') this.texts.push({ text: one.text, label: (line) => given.label(one.line + line - 1) });
      else {
        const folders = [...one.folders, ...given.folders];
        if (one.kind === 'script') await this.#script(one.path, folders, given, launched, depth);
        else if (one.kind === 'input') this.#input(one, folders, launched);
        else if (fetched.test(one.path)) this.#fromInternet(one, one.path);
        else if (one.kind === 'chart') this.#chart(one, folders, launched);
        else {
          const match = this.#finder.find(one.path, folders);
          if (one.kind === 'manifest') this.#manifest(one, match, launched);
          else await this.#kustomize(one, match, launched);
        }
      }
    }
  }

  /** Scripts that no line of the Kubefile comes to: hooks and plugins may run them. */
  async followOthers(): Promise<void> {
    for (const path of this.#files.keys())
      if (path.endsWith('.sh')) await this.#script(path, [''], { folders: [], variables: {} }, false, 0);
  }

  async #script(
    path: string,
    folders: readonly string[],
    { folders: base, variables }: Pick<ShellText, 'folders' | 'variables'>,
    launched: boolean,
    depth: number,
  ): Promise<void> {
    for (const file of this.#finder.find(path, folders)?.files ?? []) {
      const source = this.#files.get(file)?.source;
      if (source === undefined || this.#scripts.has(file) || depth > deepest) continue;
      this.#scripts.add(file);
      const { text } = textOfDocument(await readFile(source));
      if (text === undefined) continue;
      const folder = posix.dirname(file);
      const label = (line: number) => `${file}:${line}`;
      const all = [...new Set([...base, folder === '.' ? '' : folder, ''])];
      await this.follow(
        { text, folders: all, folder: folder === '.' ? '' : folder, variables, label },
        launched,
        depth + 1,
      );
    }
  }

  #manifest(one: AppliedManifest, match: PathMatch | undefined, launched: boolean): void {
    const found = match?.files ?? this.#finder.manifestsIn(match?.folder, one.recursive);
    for (const path of found) this.manifests.add(path);
    if (found.length === 0 && launched) this.#notFound(one, one.path, 'what it applies is not looked into');
  }

  #input(one: AppliedInput, folders: readonly string[], launched: boolean): void {
    const found = one.paths.flatMap((path) =>
      fetched.test(path) ? [] : (this.#finder.find(path, folders)?.files ?? []),
    );
    for (const path of found) this.manifests.add(path);
    const remote = one.paths.filter((path) => fetched.test(path));
    for (const path of remote) this.#fromInternet(one, path);
    if (launched && !one.explained && found.length + remote.length === 0)
      this.#notFound(one, 'what is piped into kubectl', 'it is not looked into');
  }

  async #kustomize(
    one: { path: string; origin: string },
    match: PathMatch | undefined,
    launched: boolean,
  ): Promise<void> {
    const name =
      match?.folder === undefined
        ? undefined
        : ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
            .map((file) => posix.join(match.folder as string, file))
            .find((path) => this.#files.has(path));
    if (name === undefined) {
      if (match?.files) for (const path of match.files) this.manifests.add(path);
      else if (launched) this.#notFound(one, one.path, 'what it applies is not looked into');
      return;
    }
    if (this.manifests.has(name)) return;
    this.manifests.add(name);
    const { text = '' } = textOfDocument(await readFile((this.#files.get(name) as DiscoverFile).source));
    for (const path of resourcesOf(text)) {
      const inner = { path, origin: name };
      if (fetched.test(path)) this.#fromInternet(inner, path);
      else await this.#kustomize(inner, this.#finder.find(path, [posix.dirname(name)]), launched);
    }
  }

  #chart(one: AppliedChart, folders: readonly string[], launched: boolean): void {
    const match = this.#finder.find(one.path, folders);
    const archives = match?.files?.filter((path) => path.endsWith('.tgz')) ?? [];
    const isFolder = match?.folder !== undefined && this.#files.has(posix.join(match.folder, 'Chart.yaml'));
    const paths = isFolder ? [match.folder as string] : archives;
    if (paths.length === 0) {
      if (this.#finder.isLocal(one.path)) {
        if (launched) this.#notFound(one, one.path, 'the chart is not rendered');
      } else this.#fromInternet(one, one.path);
      return;
    }
    const values = one.values.map((path) => this.#finder.find(path, folders)?.files?.[0]);
    const sources = values.map((path) => (path === undefined ? undefined : this.#files.get(path)?.source));
    for (const [at, path] of one.values.entries())
      if (!sources[at] && launched) this.#notFound(one, path, 'the chart is rendered without it');
    const { release, namespace, set, origin } = one;
    const known = sources.filter((source) => source !== undefined);
    const partly = one.partly || known.length < sources.length;
    for (const path of paths)
      this.charts.set(path, [
        ...(this.charts.get(path) ?? []),
        { release, namespace, set, origin, values: known, partly, launched },
      ]);
  }

  #fromInternet({ origin }: { origin: string }, path: string): void {
    this.#notice(
      'APPLIED_FROM_INTERNET',
      `${origin}: ${this.#finder.readable(path)} is fetched when it runs, which needs internet, and its images are not looked for; put it into the image and apply it from there`,
    );
  }

  #notFound({ origin }: { origin: string }, path: string, what: string): void {
    this.#notice(
      'APPLIED_NOT_FOUND',
      `${origin}: ${this.#finder.readable(path)} is no file that this build brings, so ${what}; name its images in manifests/imageList`,
    );
  }

  #notice(code: AppliedNotice['code'], text: string): void {
    this.#notices.set(text, { code, text });
  }
}
