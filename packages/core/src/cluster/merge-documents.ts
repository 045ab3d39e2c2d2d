/** Lays one YAML mapping over another: mappings are merged, everything else is replaced, null takes a field away. */
export function mergeDocuments(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const present = result[key];
    if (value === null) delete result[key];
    else if (isMapping(value) && isMapping(present)) result[key] = mergeDocuments(present, value);
    else result[key] = value;
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
