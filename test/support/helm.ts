/** The real helm: of the lab's Kubernetes, of this machine, or built from its Go module. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const goTool = fileURLToPath(new URL('go-tool.sh', import.meta.url));

export async function helmProgram(): Promise<string> {
  const prepared = process.env.SEALER_TEST_KUBE;
  const candidates = [...(prepared ? [join(prepared, 'helm')] : []), 'helm'];
  for (const program of candidates)
    if (
      await execa(program, ['version', '--short']).then(
        () => true,
        () => false,
      )
    )
      return program;
  return (await execa(goTool, ['helm.sh/helm/v3/cmd/helm', 'v3.19.0'])).stdout.trim();
}
