/** `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`; the path goes to the end, and may hold commas. */
import { resolve } from 'node:path';
import { Errors } from '@oclif/core';

export function parseSecret(text: string): { id: string; file?: string; env?: string } {
  const match = /^(?:type=(?:file|env),)?id=([^,=]+),(src|source|env)=(.+)$/.exec(text);
  const [, id = '', key, value = ''] = match ?? [];
  if (match) return key === 'env' ? { id, env: value } : { id, file: resolve(value) };
  throw new Errors.CLIError(`${JSON.stringify(text)} is no secret: expected id=NAME,src=FILE or id=NAME,env=VARIABLE`);
}
