import type { TextFault } from './place.js';
import { readYaml } from './read-yaml.js';

export type Setting = { value: unknown; fault?: undefined } | { value?: undefined; fault: TextFault };

/** A settings file: one YAML document, or nothing. */
export function readSetting(text: string): Setting {
  const { documents, faults } = readYaml(text);
  const [fault] = faults;
  if (fault) return { fault };
  const [first, second] = documents;
  if (second) return { fault: { ...second.at([]), reason: 'there is a second document' } };
  return { value: first?.value };
}
