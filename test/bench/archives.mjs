/** `sealer save` and `load` against `skopeo copy` to and from an oci-archive; a delta between two builds of a program; memory. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeContext } from './contexts.mjs';
import { measure, median, report, reportLimit } from './measure.mjs';
import { cache, cli, need, sealerEnv } from './places.mjs';
import { programPair } from './programs.mjs';

const rounds = 3;

export default async function archives() {
  need('skopeo');
  const work = join(cache, 'archives');
  const home = join(work, 'home');
  const clean = () => rmSync(work, { recursive: true, force: true });
  clean();
  try {
    const sealer = (words, at = home) => measure([process.execPath, cli, ...words], { env: sealerEnv(at) });
    const context = makeContext(join(cache, 'context-1g'), { bytes: 1024 ** 3, files: 2000 });
    await sealer(['build', '-q', '--type', 'app-installer', '-t', 'bench:1', context]);
    await againstSkopeo(work, home, sealer);
    await delta(work, sealer);
  } finally {
    clean();
  }
}

/** Interleaved, so that both meet the same machine; each with the disk's cache warm and the target absent. */
async function againstSkopeo(work, home, sealer) {
  const skopeo = (...words) => measure(['skopeo', '--insecure-policy', 'copy', '-q', ...words]);
  const [archive, theirs, other, layout] = ['ours.tar', 'theirs.tar', 'other', 'layout'].map((name) =>
    join(work, name),
  );
  const name = 'docker.io/library/bench:1';
  const times = { ours: [], theirs: [] };
  let peak = 0;
  for (let round = 0; round < rounds; round++) {
    for (const path of [archive, theirs, other, layout]) rmSync(path, { recursive: true, force: true });
    const pack = await skopeo(`oci:${home}/store:${name}`, `oci-archive:${theirs}:${name}`);
    const unpack = await skopeo(`oci-archive:${theirs}:${name}`, `oci:${layout}:${name}`);
    rmSync(theirs);
    const save = await sealer(['save', '-q', 'bench:1', '-o', archive]);
    const load = await sealer(['load', '-q', '-i', archive], other);
    times.theirs.push(pack.seconds + unpack.seconds);
    times.ours.push(save.seconds + load.seconds);
    peak = Math.max(peak, save.peakBytes, load.peakBytes);
  }
  report(
    'save and load of 1 GiB, against skopeo copy to and from oci-archive',
    median(times.ours),
    median(times.theirs),
    0.9,
  );
  reportLimit('peak memory of sealer save and load', peak, 300e6);
  for (const path of [archive, other, layout]) rmSync(path, { recursive: true, force: true });
}

async function delta(work, sealer) {
  for (const [index, context] of programPair().entries())
    await sealer(['build', '-q', '--type', 'app-installer', '-t', `programs:${index + 1}`, context]);
  const sizes = {};
  for (const [kind, words] of [
    ['full', []],
    ['blobs', ['--base', 'programs:1', '--no-patch']],
    ['patches', ['--base', 'programs:1']],
  ]) {
    const archive = join(work, `${kind}.tar`);
    const made = await sealer(['save', '-q', ...words, 'programs:2', '-o', archive]);
    sizes[kind] = statSync(archive).size;
    if (kind !== 'patches') continue;
    report(
      'delta of two builds of a program, against its new blobs',
      sizes.patches / 1e6,
      sizes.blobs / 1e6,
      0.3,
      'MB ',
    );
    reportLimit('peak memory of sealer save --base', made.peakBytes, 300e6);
    reportLimit('peak memory of its child that compares files, counted apart', made.childPeakBytes, 1000e6);
    const other = join(work, 'other');
    const base = join(work, 'base.tar');
    await sealer(['save', '-q', 'programs:1', '-o', base]);
    await sealer(['load', '-q', '-i', base], other);
    const loaded = await sealer(['load', '-q', '-i', archive], other);
    reportLimit('peak memory of sealer load of a delta', loaded.peakBytes, 300e6);
    console.log(`     made in ${made.seconds.toFixed(1)} s, applied in ${loaded.seconds.toFixed(1)} s`);
  }
}
