/** sealer's folder on this machine, looked at before a command relies on it: some only read what may be in it. */
import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { homedir } from 'node:os';

/** @throws an error of the file system, which becomes one of ours */
export function checkHome(home: string): void {
  if (home === '') throw refusal('ENOENT', '', 'the name of the folder (--home) is empty');
  const found = statSync(home, { throwIfNoEntry: false });
  // One that is not there is made by who writes into it; a link to nothing cannot be.
  if (!found && lstatSync(home, { throwIfNoEntry: false })) throw refusal('ENOENT', home, 'it is a link to nothing');
  if (!found) return;
  if (!found.isDirectory()) throw refusal('ENOTDIR', home, 'it is a file, not a folder');
  accessSync(home, constants.R_OK | constants.X_OK);
}

/** @throws the same, for a user whom the system does not know */
export function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    throw refusal('ENOENT', '', 'this user has no home folder');
  }
}

function refusal(code: string, path: string, message: string): Error {
  return Object.assign(new Error(message), { code, path });
}
