/** What bin/run.js starts. */
import { execute as run } from '@oclif/core';
import { watchOutput } from './standard-output.js';

export const execute: typeof run = async (options) => {
  watchOutput();
  return await run(options);
};
