import type { TemplateResource } from '../assembly/template';

/*
 * References between CDK stacks of different regions. The exporting stack writes its values with one custom resource, and the importing stack
 * reads them with another, whose attributes are named after the exports.
 */
const WRITER = 'Custom::CrossRegionExportWriter';
const READER = 'Custom::CrossRegionExportReader';

/** Returns the export that an attribute of a resource reads, if it reads one. */
export function crossRegionExport({ Type }: TemplateResource, attribute: string): string | undefined {
  return Type === READER ? attribute : undefined;
}

/** Returns a resource's exports of a name: none or one value, not resolved. */
export function exportsOf({ Type, Properties }: TemplateResource, name: string): unknown[] {
  if (Type !== WRITER) return [];
  const { exports = {} } = (Properties?.WriterProps ?? {}) as { readonly exports?: Readonly<Record<string, unknown>> };
  return Object.hasOwn(exports, name) ? [exports[name]] : [];
}
