import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const stepErrors = defineErrors({
  PLUGIN_STEP_FAILED: error<{ plugin: string; step: string; host: string; reason: string }>({
    exitCode: ExitCode.plugin,
    about: "A step's own code threw something that is no sealer error.",
    message: ({ plugin, step, host, reason }) => `step "${step}" of plugin "${plugin}" failed on ${host}: ${reason}`,
    hint: 'look at the cause; then run again: finished steps are not repeated',
  }),
  PLUGIN_STEP_INVALID: error<{ plugin: string; step: string; reason: string }>({
    exitCode: ExitCode.plugin,
    about: 'A plugin planned something that is no valid step.',
    message: ({ plugin, step, reason }) => `plugin "${plugin}" planned step "${step}", which ${reason}`,
    hint: 'report it to the author of the plugin',
  }),
});
