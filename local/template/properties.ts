import { formatValue } from '../errors';
import type { StackResource, StackScope } from './stack-scope';
import { Unavailable } from './unavailable';

type Members = Readonly<Record<string, unknown>>;

/**
 * The properties of a resource, read by kind. A value that cannot be resolved, or is of another kind, counts as absent, and the scope
 * reports it. A missing required property makes the resource unavailable.
 */
export class Properties {
  constructor(private readonly scope: StackScope, private readonly resource: StackResource) {}

  has(name: string): boolean {
    return this.scope.property(this.resource.logicalId, name) !== undefined;
  }

  text(name: string): string | undefined {
    return this.optional(name, 'a text', (value) => (isScalar(value) ? String(value) : undefined));
  }

  number(name: string): number | undefined {
    return this.optional(name, 'a number', numberOf);
  }

  /** Returns a boolean; false when it is absent. */
  flag(name: string): boolean {
    return this.optional(name, 'a boolean', (value) => (['true', 'false'].includes(String(value)) ? String(value) === 'true' : undefined)) ?? false;
  }

  texts(name: string): readonly string[] {
    return this.optional(name, 'a list of texts', (value) => (Array.isArray(value) && value.every(isScalar) ? value.map(String) : undefined)) ?? [];
  }

  object(name: string): Members | undefined {
    return this.optional(name, 'an object', objectOf);
  }

  objects(name: string): readonly Members[] {
    return this.optional(name, 'a list of objects', objectsOf) ?? [];
  }

  requiredText(name: string): string {
    return this.required(name, 'a text', (value) => (isScalar(value) ? String(value) : undefined));
  }

  requiredObjects(name: string): readonly Members[] {
    return this.required(name, 'a list of objects', objectsOf);
  }

  requiredObject(name: string): Members {
    return this.required(name, 'an object', objectOf);
  }

  private optional<T>(name: string, kind: string, read: (value: unknown) => T | undefined): T | undefined {
    const { scope, resource: { logicalId } } = this;
    const value = scope.property(logicalId, name);
    if (value === undefined) return undefined;
    const result = read(value);
    if (result === undefined) scope.fail(logicalId, name, `it must be ${kind}, got ${formatValue(value)}`);
    return result;
  }

  private required<T>(name: string, kind: string, read: (value: unknown) => T | undefined): T {
    const value = this.scope.required(this.resource.logicalId, name);
    const result = read(value);
    if (result === undefined) throw new Unavailable(`its ${name} must be ${kind}, got ${formatValue(value)}`);
    return result;
  }
}

/** Converts a number, or a text that represents one. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function objectOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Members : undefined;
}

function objectsOf(value: unknown): readonly Members[] | undefined {
  return Array.isArray(value) && value.every((item) => objectOf(item) !== undefined) ? value as readonly Members[] : undefined;
}
