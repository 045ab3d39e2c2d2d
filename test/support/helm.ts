/** The real helm: of the lab's Kubernetes, of this machine, or built from its Go module. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const goTool = fileURLToPath(new URL('go-tool.sh', import.meta.url));

export async function helmProgram(): Promise<string> {
  const prepared = process.env.SEALER_TEST_KUBE;
  const candidates = [...(prepared ? [join(prepared, 'helm')] : []), 'helm'];
  for (const program of candidates)
    if (
      await run(program, ['version', '--short']).then(
        () => true,
        () => false,
      )
    )
      return program;
  return (await run(goTool, ['helm.sh/helm/v3/cmd/helm', 'v3.19.0'])).stdout.trim();
}
