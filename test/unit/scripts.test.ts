/** Shell lives in files, where shellcheck sees it; what is embedded of them is up to date and still shell. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const product = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /(^|\/)src\/.*\.ts$/.test(path) && !/node_modules|testdata|\.test\.ts$/.test(path))
  .map((path) => join(root, 'packages', path));

interface Literal {
  line: number;
  text: string;
  /** The first argument of `script(...)`. */
  given: boolean;
}

/** What stands in quotes, also in pieces: `'a' + 'b'` and `['a', 'b'].join('\n')` are one text. */
function literals(path: string, code: string): Literal[] {
  const file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true);
  const found: Literal[] = [];
  const textOf = (node: ts.Node): string | undefined => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (ts.isTemplateExpression(node))
      return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('');
    if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const [left, right] = [textOf(node.left), textOf(node.right)];
      return left === undefined && right === undefined ? undefined : `${left ?? 'X'}${right ?? 'X'}`;
    }
    if (
      ts.isArrayLiteralExpression(node) &&
      ts.isPropertyAccessExpression(node.parent) &&
      node.parent.name.text === 'join'
    )
      return node.elements.map((element) => textOf(element) ?? 'X').join('\n');
    return undefined;
  };
  const visit = (node: ts.Node) => {
    const text = textOf(node);
    if (text !== undefined) {
      const call = ts.isCallExpression(node.parent) ? node.parent : undefined;
      const given = call?.expression.getText() === 'script' && call.arguments[0] === node;
      found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text, given });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const signs = [
  /\$\(/,
  /"\$(\w+|\{|@)/,
  /\$[1-9]/,
  /(^|[\s;])(if|while|for|case) .*[;\n]\s*(then|do|esac)\b|\besac\b/s,
  /(&&|\|\|) /,
  /[12]?>&?\s?(\/dev\/null|[12]\b)/,
  /\[ !? ?-[a-z] /,
  /(^|[\s;])(exit|set -|trap|export|eval|systemctl|mkdir -p|rm -rf|mount) /,
];
const isShell = (text: string) => signs.filter((sign) => sign.test(text)).length >= 2;
const isLong = (text: string) => text.trim().split('\n').length > 2 || text.length > 200;

/** Files without any of these need not be parsed. */
const worthLooking = /\bscript\(|\$\(|\$["\w@]|\bthen\n|; (do|then)\b|\/dev\/null|set -e/;

const tooLong = (path: string, code: string) =>
  !worthLooking.test(code)
    ? []
    : literals(path, code)
        .filter(({ text, given }) => isLong(text) && (given || isShell(text)))
        .map(({ line, text }) => `${path}:${line}: ${text.trim().slice(0, 60)}`);

test('a shell program of more than two lines, or 200 characters, is a file', () => {
  const all = product.filter((path) => !path.includes('/generated/'));
  expect(all.length).toBeGreaterThan(200);
  expect(all.flatMap((path) => tooLong(relative(root, path), readFileSync(path, 'utf8')))).toEqual([]);
});

test.each([
  ['a template', 'const text = `\nset -e\nmkdir -p "$1"\nexit 0`;', 1],
  ['one with values in it', 'const text = `cd ${folder}\nif [ -e x ]; then\nrm -rf x; fi`;', 1],
  ['one line', `run('for i in $(seq 100); do ${'test -e "$1" && exit 0; '.repeat(9)} done');`, 1],
  ['pieces', `const text = 'set -e\\n' + 'mkdir -p "$1"\\n' + 'exit 0';`, 1],
  ['lines', `const text = ['set -e', 'mkdir -p "$1"', 'exit 0'].join('\\n');`, 1],
  ['whatever is given as one', "script('a\\nb\\nc')", 1],
  ['a short one', `script('systemctl daemon-reload; systemctl enable -q "$1"')`, 0],
  ['a text for people', 'const text = `one\ntwo\nthree && four`;', 0],
])('%s is seen', (_, code, count) => {
  expect(tooLong('x.ts', code).slice(0, 1)).toHaveLength(count);
});

test('what is embedded of the scripts is up to date', () => {
  execaSync(process.execPath, [join(root, 'tools/embed-scripts.mjs'), '--check']);
});

test('what is embedded of the scripts is shell', async () => {
  const modules = product.filter((path) => path.endsWith('/generated/scripts.ts'));
  const texts = (await Promise.all(modules.map((path) => import(path)))).flatMap((module) => Object.entries(module));
  expect(texts.length).toBeGreaterThan(20);
  for (const [name, text] of texts as [string, string][]) {
    expect(text, name).not.toMatch(/^\s*#/m);
    execaSync('bash', ['-n'], { input: text });
  }
});
