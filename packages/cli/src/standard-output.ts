/** What happens when standard output or standard error cannot be written: a reader that went away, a full disk. */

let failed = false;

export function outputHasFailed(): boolean {
  return failed;
}

/** Of every command, also of those that only print a help text. Commands that write an archive hear of it by themselves. */
export function watchOutput(): void {
  // oclif's own throws.
  process.stdout.removeAllListeners('error').on('error', refuse);
  // There is nobody to tell.
  process.stderr.removeAllListeners('error').on('error', () => undefined);
}

function refuse(cause: NodeJS.ErrnoException): void {
  const isFirst = !failed;
  failed = true;
  // A reader that goes away (`| head`) is no error. What is under way goes on: it may be changing hosts, or the store.
  if (cause.code !== 'EPIPE' && isFirst) void say(cause);
}

async function say(cause: NodeJS.ErrnoException): Promise<void> {
  const [{ fileSystemErrors }, { describeError }] = await Promise.all([
    import('@sealer/core/images'),
    import('./render/error.js'),
  ]);
  const reason = cause.message.replace(/^E[A-Z]+: |, write$/g, '');
  const described = await describeError(fileSystemErrors.OUTPUT_NOT_WRITTEN({ reason }, { cause }), false);
  process.stderr.write(`${described?.text}\n`);
  process.exitCode = described?.exitCode ?? 1;
}
