import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const templateErrors = defineErrors({
  TEMPLATE_INVALID: error<{ reason: string }>({
    exitCode: ExitCode.config,
    about: 'A template cannot be rendered: its syntax is wrong, or it names a value that is not given.',
    message: ({ reason }) => `template: ${reason}`,
    hint: 'correct the template, or give the value with env',
  }),
});
