import type { TemplateResource } from '../assembly/template';

/*
 * How stacks of the CDK refer to one another over regions: the one writes what it exports by a custom resource, the other reads it by
 * another, whose attributes have the names of the exports.
 */
const WRITER = 'Custom::CrossRegionExportWriter';
const READER = 'Custom::CrossRegionExportReader';

/** The name of the export that an attribute of a resource reads, if it reads one. */
export function crossRegionExport({ Type }: TemplateResource, attribute: string): string | undefined {
  return Type === READER ? attribute : undefined;
}

/** What a resource exports under a name: none or one value, not resolved. */
export function exportsOf({ Type, Properties }: TemplateResource, name: string): unknown[] {
  if (Type !== WRITER) return [];
  const { exports = {} } = (Properties?.WriterProps ?? {}) as { readonly exports?: Readonly<Record<string, unknown>> };
  return Object.hasOwn(exports, name) ? [exports[name]] : [];
}
