import { existsSync, readFileSync, statSync } from 'node:fs';
import { LocalError, messageOf } from '../errors';
import { isObject, parseJson } from '../objects';

/** Reads a file of a cloud assembly that holds an object. */
export function readJson<T>(path: string): T {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new LocalError(`the cloud assembly is not complete: ${path} is missing; run \`cdk synth\` again`);
  }
  let value: unknown;
  try {
    value = parseJson(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LocalError(`${path} is not valid JSON (${messageOf(error)}); run \`cdk synth\` again`);
  }
  if (!isObject(value)) throw new LocalError(`${path} does not hold an object; run \`cdk synth\` again`);
  return value as T;
}
