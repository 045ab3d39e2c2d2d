/** A bill of materials for people: one line for each program, package, chart and image. */
import type { BillOfMaterials, Component } from '@sealer/core/images';
import { table } from './format.js';

export function describeSbom({ attached, sbom }: { attached: boolean; sbom: BillOfMaterials }): string {
  const rows = sbom.components.map((component) => [
    kindOf(component),
    component.name,
    component.version ?? '-',
    component.components ? String(component.components.length) : '-',
    property(component, 'sealer:path') ?? property(component, 'sealer:origin') ?? '-',
  ]);
  const modules = sbom.components.reduce((sum, { components }) => sum + (components?.length ?? 0), 0);
  const origin = attached ? 'attached to the image' : 'made now from its layers; none is attached';
  const summary = `${rows.length} components, ${modules} Go modules in them (${origin})`;
  return [
    ...(rows.length > 0 ? [table([['KIND', 'NAME', 'VERSION', 'MODULES', 'WHERE'], ...rows]), ''] : []),
    summary,
  ].join('\n');
}

function kindOf(component: Component): string {
  const kind = property(component, 'sealer:kind');
  if (kind) return kind;
  return { container: 'image', library: 'package', application: 'program' }[component.type];
}

function property(component: Component, name: string): string | undefined {
  return component.properties?.find((one) => one.name === name)?.value;
}
