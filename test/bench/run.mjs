/** `sealer run` of one master and two workers, against a parallel shell script that does the same work by hand (bare/bare.sh). */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { measure, report, reportLimit } from './measure.mjs';
import { cache, cli, need, root, sealerEnv } from './places.mjs';

export default async function run() {
  need('skopeo', 'jq', 'bc');
  const lab = { ...process.env, LAB_NAME: 'bench', LAB_NET: '10.77.120' };
  const script = join(root, 'test/lab/lab.sh');
  const kube = execaSync(join(root, 'test/lab/kube/prepare.sh'), { stderr: 'inherit' })
    .stdout.trim()
    .split('\n')
    .at(-1);
  const home = join(cache, 'home-run');
  const env = sealerEnv(home);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const fresh = () => {
    execaSync(script, ['down'], { env: lab, stdio: 'ignore' });
    execaSync(script, ['up', '3'], { env: lab, stdio: 'ignore' });
  };
  try {
    for (const [name, folder] of [
      ['kubernetes:v1.34.4', 'kubernetes'],
      ['web-demo:1.0', 'web-demo'],
    ])
      await measure([process.execPath, cli, 'build', '-q', '-t', name, join(root, 'catalog', folder)], { env });
    const key = execaSync(script, ['key'], { env: lab }).stdout.trim();
    const clusterfile = readFileSync(join(root, 'test/demo/Clusterfile'), 'utf8')
      .replaceAll('@KEY@', key)
      .replaceAll('@NET@', lab.LAB_NET);
    writeFileSync(join(home, 'Clusterfile'), clusterfile);
    fresh();
    const ours = await measure([process.execPath, cli, 'run', '-f', join(home, 'Clusterfile')], { env });
    fresh();
    const out = join(cache, 'bare');
    await measure([join(root, 'test/bench/bare/bare.sh'), 'all'], { env: { ...lab, KUBE: kube, OUT: out } });
    const times = readFileSync(join(out, 'times.tsv'), 'utf8');
    // Its own total leaves out the check at the end, which sealer's time does not hold either.
    const theirs = Number(/^TOTAL\t([\d.]+)/m.exec(times)?.[1]);
    report('run of 1 master and 2 workers, against the bare script', ours.seconds, theirs, 1.25);
    reportLimit('peak memory of sealer run', ours.peakBytes, 300e6);
  } finally {
    execaSync(script, ['down'], { env: lab, stdio: 'ignore' });
    rmSync(home, { recursive: true, force: true });
  }
}
