/** The password of a private key: COSIGN_PASSWORD as cosign reads it, standard input, or typed. */
import { Errors } from '@oclif/core';
import { Secret } from '@sealer/core/images';
import { askPassword, passwordFromStdin } from './read-password.js';

/** Undefined when nobody can be asked. */
export async function keyPassword(source: string, fromStdin: boolean): Promise<Secret | undefined> {
  if (fromStdin) return new Secret(await passwordFromStdin());
  const { COSIGN_PASSWORD: given } = process.env;
  if (given !== undefined) return new Secret(given);
  const typed = await askPassword(`Password of ${source}: `);
  return typed === undefined ? undefined : new Secret(typed);
}

/** Typed twice, since nobody can open a key whose password was mistyped. */
export async function newKeyPassword(fromStdin: boolean): Promise<Secret> {
  const password = await keyPassword('the new key', fromStdin);
  if (password === undefined)
    throw new Errors.CLIError(
      'no password: give COSIGN_PASSWORD (it may be empty), --password-stdin, or use a terminal',
    );
  if (fromStdin || process.env.COSIGN_PASSWORD !== undefined) return password;
  if ((await askPassword('Once more: ')) !== password.reveal()) throw new Errors.CLIError('the passwords differ');
  return password;
}
