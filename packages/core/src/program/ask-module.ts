/** A module of sealer's in a process of its own, for what takes a processor or memory that this one is to be free of. */
import { redact } from '../secrets/secret.js';
import { programFailure } from './program-errors.js';

/** Sends `question` (by structured clone) and resolves with the first message that comes back. @throws PROGRAM_FAILED */
export async function askModule<Answer>(script: string, question: object, signal?: AbortSignal): Promise<Answer> {
  const { execaNode } = await import('execa');
  signal?.throwIfAborted();
  const child = execaNode(script, [], {
    ipc: true,
    nodeOptions: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe'],
    buffer: false,
    reject: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  try {
    const [answer] = await Promise.all([child.getOneMessage(), child.sendMessage(question as never)]);
    return answer as Answer;
  } catch (cause) {
    child.kill();
    const { exitCode, signal: name, timedOut } = await child;
    signal?.throwIfAborted();
    throw Object.assign(programFailure(script, { exitCode, signal: name, timedOut }, redact(stderr)), { cause });
  } finally {
    child.kill();
  }
}
