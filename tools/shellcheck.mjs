// Runs shellcheck over all shell of this repository. The program comes, at the version and digest of shellcheck.txt, from
// the Python package that carries it, and is kept for the next time; where it cannot be had this fails and says so.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Their text is the key of what they make, which takes long: what is found there waits until they change for another reason. */
const unchanged = {
  // Words that are meant to be several, and a variable emptied for one command.
  'test/lab/kube/build.sh': 'SC1007,SC2048',
  // It names no shell.
  'test/lab/lib/base-prepare.sh': 'SC2148',
};
const wanted = fileURLToPath(new URL('shellcheck.txt', import.meta.url));

function program() {
  const cache = process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache/sealer-lab');
  const digest = createHash('sha256').update(readFileSync(wanted)).digest('hex').slice(0, 16);
  const folder = join(cache, `shellcheck-${digest}-${process.arch}`);
  const found = join(folder, 'bin/shellcheck');
  if (existsSync(found)) return found;
  if (process.arch !== 'x64') return othersProgram();
  const works = () => !execaSync('python3', ['-m', 'pip', '--version'], { reject: false }).failed;
  // A bare machine.
  if (!works()) install('python3-pip');
  // Beside its place, so that one that was cut off is not taken for whole.
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  const words = [
    '-m',
    'pip',
    '--quiet',
    '--disable-pip-version-check',
    'install',
    '--no-deps',
    '--root-user-action',
    'ignore',
  ];
  const from = ['--require-hashes', '--only-binary', ':all:', '--target', fresh, '-r', wanted];
  const pip = execaSync('python3', [...words, ...from], { reject: false });
  if (pip.failed) {
    rmSync(fresh, { recursive: true, force: true });
    console.error(`shellcheck could not be had, so no shell was checked: ${pip.stderr || pip.shortMessage}`);
    console.error('lint needs python3 with pip (apt-get install python3-pip) and a package index that pip can reach');
    process.exit(1);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return found;
}

/** The package has no program for this kind of machine: the distribution's, of whatever version. */
function othersProgram() {
  const works = () => !execaSync('shellcheck', ['--version'], { reject: false }).failed;
  if (!works()) install('shellcheck');
  if (works()) return 'shellcheck';
  console.error('shellcheck could not be had, so no shell was checked: install it (apt-get install shellcheck)');
  process.exit(1);
}

/** Whether that went well is seen by trying the program. */
function install(name) {
  execaSync(join(root, 'test/support/apt.sh'), ['install', name], { stdio: 'inherit', reject: false });
}

/** Every file that ends in .sh, or begins as a shell script. */
function scripts(folder) {
  const skipped = ['node_modules', 'dist', '.git', '.nx', 'coverage', 'context'];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : scripts(path);
    return entry.isFile() && (entry.name.endsWith('.sh') || beginsAsShell(join(root, path))) ? [path] : [];
  });
}

function beginsAsShell(path) {
  const file = openSync(path, 'r');
  const head = Buffer.alloc(32);
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return /^#!\/(usr\/)?bin\/(env )?(ba|da)?sh\b/.test(head.toString('latin1'));
}

const all = scripts('.');
const product = all.filter((path) => path.startsWith('packages/'));
const rest = all.filter((path) => !product.includes(path) && !(path in unchanged));
const runs = [
  [[], product],
  [['--severity=warning'], rest],
  ...Object.entries(unchanged).map(([path, codes]) => [['--severity=warning', `--exclude=${codes}`], [path]]),
];
const shellcheck = program();
let failed = false;
for (const [flags, files] of runs) {
  const words = ['--external-sources', '--source-path=SCRIPTDIR', ...flags, ...process.argv.slice(2), ...files];
  const run = execaSync(shellcheck, words, { cwd: root, stdio: 'inherit', reject: false });
  if (run.failed && run.exitCode === undefined)
    console.error(`shellcheck did not end by itself, so not all shell was checked: ${run.shortMessage}`);
  if (run.failed) failed = true;
}
console.log(`shellcheck: ${all.length} scripts looked at`);
if (failed) process.exit(1);
