/**
 * The shell lines that a cluster runs because its image says so: CMD, CMDS, APPCMDS, scripts of applications, and hooks of
 * plugins/*.yaml.
 */
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { ShellText } from '../discover/applied.js';
import { textOf } from '../discover/yaml-nodes.js';
import type { BuildState } from './build-state.js';

export function launchedLines(state: BuildState): ShellText[] {
  const { env, launch, apps, instructions } = state;
  const place = (keyword: RegExp, command: string, app?: string) => {
    const one = instructions.findLast(
      (each) =>
        keyword.test(each.keyword) &&
        'commands' in each &&
        each.commands.includes(command) &&
        (app === undefined || ('app' in each && each.app === app)),
    );
    return one ? `${one.keyword} in ${one.position.file}:${one.position.line}` : undefined;
  };
  const lines = launch.commands.map((command): ShellText => {
    const label = place(/^CMDS?$/, command) ?? 'CMD';
    return { text: command, folders: [''], folder: '', variables: env, label: () => label };
  });
  for (const app of apps) {
    const folder = `application/apps/${app.name}`;
    const common = { folders: [folder], folder, variables: { ...env, ...app.env, APP: app.name } };
    for (const command of app.commands) {
      const label = place(/^APPCMDS$/, command, app.name) ?? `APPCMDS ${app.name}`;
      lines.push({ ...common, text: command, label: () => label });
    }
    if (app.type === 'shell' && app.commands.length === 0)
      lines.push(
        ...app.files.map((file) => ({ ...common, text: `bash '${file}'`, label: () => `the application ${app.name}` })),
      );
  }
  for (const [path, text] of Object.entries(state.documents))
    if (/^plugins\/[^/]+\.ya?ml$/.test(path)) lines.push(...hooksIn(path, text, env));
  return lines;
}

/** What a document of kind Plugin runs in the rootfs. Documents that are wrong are refused elsewhere. */
function hooksIn(path: string, text: string, variables: Readonly<Record<string, string>>): ShellText[] {
  const lines = new LineCounter();
  const documents = read(text, lines);
  return documents.flatMap(({ contents }): ShellText[] => {
    if (!isMap(contents) || textOf(contents.get('kind', true)) !== 'Plugin') return [];
    const data = contents.getIn(['spec', 'data'], true);
    if (!isScalar(data) || typeof data.value !== 'string') return [];
    const first = lines.linePos(data.range?.[0] ?? 0).line + (String(data.type).startsWith('BLOCK') ? 1 : 0);
    return [{ text: data.value, folders: [''], folder: '', variables, label: (line) => `${path}:${first + line - 1}` }];
  });
}

function read(text: string, lineCounter: LineCounter): Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: false, logLevel: 'silent' });
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    // Thousands of levels are beyond the parser.
    if (cause instanceof RangeError) return [];
    throw cause;
  }
}
