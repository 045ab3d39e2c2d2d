/**
 * The part of Go's text/template that cluster images use for values: `{{ .Name }}`, with `| default "x"`, `| quote`,
 * `| b64enc`, `| b64dec`, `| upper`, `| lower`, `| trim`, and trim markers `{{-`, `-}}`. A name without a value is an
 * error, not `<no value>`.
 */
import { templateErrors } from './template-errors.js';

const functions: Readonly<Record<string, (value: string, argument?: string) => string>> = {
  default: (value, argument) => value || (argument ?? ''),
  quote: (value) => JSON.stringify(value),
  b64enc: (value) => Buffer.from(value).toString('base64'),
  b64dec: (value) => Buffer.from(value, 'base64').toString('utf8'),
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  trim: (value) => value.trim(),
};

/** @param file for messages. @throws TEMPLATE_INVALID with its place */
export function renderTemplate(text: string, values: Readonly<Record<string, string>>, file: string): string {
  return text.replace(
    /(\s*)\{\{(-?)\s*([\s\S]*?)\s*(-?)\}\}(\s*)/g,
    (match, before: string, left: string, action: string, right: string, after: string, offset: number) => {
      const fail = (reason: string) => {
        const lines = text.slice(0, offset + match.indexOf('{{')).split('\n');
        return templateErrors.TEMPLATE_INVALID(
          { reason },
          { position: { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 } },
        );
      };
      const value = action.startsWith('/*') ? '' : evaluate(action, values, fail);
      return `${left ? '' : before}${value}${right ? '' : after}`;
    },
  );
}

function evaluate(action: string, values: Readonly<Record<string, string>>, fail: (reason: string) => Error): string {
  const [head = '', ...pipeline] = action.split('|').map((part) => part.trim());
  const name = /^\.([A-Za-z_]\w*)$/.exec(head)?.[1];
  const literal = /^"((?:[^"\\]|\\.)*)"$/.exec(head)?.[1];
  if (name === undefined && literal === undefined) throw fail(`"${head}" is not understood; expected .Name or "text"`);
  const hasDefault = pipeline.some((part) => part.startsWith('default '));
  let value = literal ?? (Object.hasOwn(values, name ?? '') ? values[name ?? ''] : undefined);
  if (value === undefined && !hasDefault) throw fail(`there is no value for .${name}`);
  for (const part of pipeline) {
    const [, word = '', argument] = /^(\w+)(?:\s+"((?:[^"\\]|\\.)*)")?$/.exec(part) ?? [];
    const apply = Object.hasOwn(functions, word) ? functions[word] : undefined;
    if (!apply) throw fail(`there is no function "${part}"`);
    value = apply(value ?? '', argument);
  }
  return value ?? '';
}
