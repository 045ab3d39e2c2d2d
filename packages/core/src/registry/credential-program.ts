/** Credential helpers as docker's (docker-credential-helpers): a program asked for one server, by JSON on its standard streams. */
import { text } from 'node:stream/consumers';
import { endText } from '../program/program-errors.js';
import { feedProgram } from '../program/program-output.js';
import { startProgram } from '../program/start-program.js';
import { Secret } from '../secrets/secret.js';
import { registryErrors } from './registry-errors.js';
import type { Credentials } from './user-credentials.js';

/** Asks `docker-credential-<helper> get`. Undefined when it has nothing for the server. @throws CREDENTIALS_HELPER_FAILED */
export async function askCredentialHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const failed = (reason: string) => registryErrors.CREDENTIALS_HELPER_FAILED({ program, server, reason });
  if (!/^[\w.-]+$/.test(helper)) throw failed('its name is not a program name');
  const child = await startProgram([program, 'get']).catch((cause: Error) => {
    throw failed(cause.message);
  });
  await feedProgram(child, server);
  // Not kept by an error: it may be the secret.
  const [end, output] = await Promise.all([child.ended, text(child.stdout), text(child.stderr)]);
  if (end.exitCode !== 0) {
    // The only way a helper has to say that it does not know the server.
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(`it ended with ${endText(end)}: ${output.trim().slice(0, 200)}`);
  }
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = (JSON.parse(output) ?? {}) as typeof answer;
  } catch {
    throw failed('its answer is not JSON');
  }
  if (typeof answer.Username !== 'string' || typeof answer.Secret !== 'string')
    throw failed('its answer is incomplete');
  const secret = new Secret(answer.Secret);
  // Helpers mark an identity token by this user name.
  if (answer.Username === '<token>') return { username: '', password: secret, identityToken: secret };
  return { username: answer.Username, password: secret };
}
