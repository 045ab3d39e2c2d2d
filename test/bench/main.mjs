// main.mjs [start] [build] [push-pull] [archives] [run] [--json]: figures of sealer against what users would use instead, as ratios in one run.
import { finish } from './measure.mjs';

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const known = ['start', 'build', 'push-pull', 'archives', 'run'];
const unknown = words.find((word) => !known.includes(word));
if (unknown) {
  console.error(`no benchmark ${unknown}; there are ${known.join(', ')}`);
  process.exit(2);
}
for (const name of words.length ? words : known) await (await import(`./${name}.mjs`)).default();
finish(process.argv.includes('--json'));
