import { LocalError } from '../errors';
import type { Metadata } from './manifest';

/** A message that a construct added with `Annotations` during synthesis. */
export interface Annotation {
  /** Construct path. */
  readonly path: string;
  readonly isError: boolean;
  readonly text: string;
}

const TYPES = ['aws:cdk:warning', 'aws:cdk:error'];

/** Returns the warnings and errors of a stack, each once. */
export function readAnnotations(metadata: Metadata): Annotation[] {
  const all = Object.entries(metadata).flatMap(([path, entries]) => entries.filter(({ type }) => TYPES.includes(type)).map(({ type, data }) => ({
    path: path.replace(/^\//, ''), isError: type === 'aws:cdk:error', text: String(data).trim(),
  })));
  return [...new Map(all.map((annotation) => [JSON.stringify(annotation), annotation])).values()];
}

/** @throws LocalError when there are errors, since the CDK CLI would not deploy the app either */
export function refuseErrors(annotations: readonly Annotation[]): void {
  const errors = annotations.filter(({ isError }) => isError).map(({ path, text }) => `${path}: ${text}`);
  if (errors.length > 0) throw new LocalError(`the app has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}, so it cannot be deployed: ${errors.join('; ')}`);
}
