import { expect, test } from 'vitest';
import { renderTemplate } from './render.js';

const values = { Name: 'shop', Empty: '', Raw: ' x ' };

test.each([
  ['{{ .Name }}', 'shop'],
  ['a {{- .Name -}} b', 'ashopb'],
  ['{{ .Empty | default "none" }}', 'none'],
  ['{{ .Missing | default "none" }}', 'none'],
  ['{{ .Name | b64enc | b64dec | upper }}', 'SHOP'],
  ['{{ .Raw | trim | quote }}', '"x"'],
  ['{{/* a comment */}}y', 'y'],
  ['no braces { }', 'no braces { }'],
])('%j', (text, expected) => {
  expect(renderTemplate(text, values, 'f')).toBe(expected);
});

test.each([
  ['one\n  {{ .Nmae }}', 2, 3, /no value for \.Nmae/],
  ['{{ range .Name }}', 1, 1, /not understood/],
  ['{{ .Name | shout }}', 1, 1, /no function "shout"/],
])('%j is an error at its place', (text, line, column, message) => {
  expect(() => renderTemplate(text, values, 'f')).toThrow(
    expect.objectContaining({
      code: 'TEMPLATE_INVALID',
      position: { file: 'f', line, column },
      message: expect.stringMatching(message),
    }),
  );
});
