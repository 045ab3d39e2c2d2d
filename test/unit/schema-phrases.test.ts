/** Every form that a schema asks for is said in words, with an example that has it: messages are made of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../schemas/', import.meta.url);

interface Form {
  pattern?: string;
  format?: string;
  description?: string;
  examples?: unknown[];
}

function forms(node: unknown, path: string): [string, Form][] {
  if (typeof node !== 'object' || node === null) return [];
  const { pattern, format } = node as Form;
  const own: [string, Form][] = typeof pattern === 'string' || typeof format === 'string' ? [[path, node as Form]] : [];
  return [...own, ...Object.entries(node).flatMap(([key, value]) => forms(value, `${path}/${key}`))];
}

const all = readdirSync(folder).flatMap((name) => forms(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name));

test('there are forms', () => {
  expect(all.length).toBeGreaterThan(10);
});

test.each(all)('%s', (_, { pattern, description, examples }) => {
  expect(description).toMatch(/^an? |^the |^KEY=value/);
  expect(examples?.length).toBeGreaterThan(0);
  for (const example of examples ?? []) expect(String(example)).toMatch(new RegExp(pattern ?? '', 'u'));
});
