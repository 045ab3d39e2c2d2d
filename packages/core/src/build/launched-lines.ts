/** The shell lines that a cluster runs because the Kubefile says so: CMD, CMDS, APPCMDS, and scripts of applications. */
import type { ShellText } from '../discover/applied.js';
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
  return lines;
}
