import type { Service } from './door';
import { jsonService, type Input } from './json-service';
import type { StoredValues } from '../template/stored-values';

/** Operation that fails for an unknown value. */
type StoredOperation = (stored: StoredValues, input: Input) => object;

/** SSM operations that read parameters: those of the templates, and those that the user passes. */
const PARAMETERS: Readonly<Record<string, StoredOperation>> = {
  GetParameter: (stored, { Name }) => ({ Parameter: parameter(stored, String(Name)) }),
  GetParameters: (stored, { Names }) => {
    const names = Array.isArray(Names) ? Names.map(String) : [];
    const found = names.filter((name) => isKnown(() => stored.parameter(nameOf(name))));
    return { Parameters: found.map((name) => parameter(stored, name)), InvalidParameters: names.filter((name) => !found.includes(name)) };
  },
  GetParametersByPath: (stored, { Path, Recursive }) => {
    const folder = `${String(Path).replace(/\/$/, '')}/`;
    const isIn = (name: string) => name.startsWith(folder) && (Recursive === true || !name.slice(folder.length).includes('/'));
    return { Parameters: stored.parameterNames().filter(isIn).map((name) => parameter(stored, name)) };
  },
};

/** Secrets Manager operations that read secrets. */
const SECRETS: Readonly<Record<string, StoredOperation>> = {
  GetSecretValue: (stored, { SecretId }) => {
    const SecretString = stored.secret(String(SecretId));
    return { ARN: SecretId, Name: String(SecretId).replace(/^arn:.*:secret:/, ''), SecretString, VersionId: 'local', VersionStages: ['AWSCURRENT'] };
  },
};

export function parameterService(stored: () => StoredValues): Service {
  return storedService(stored, PARAMETERS, 'ParameterNotFound');
}

export function secretService(stored: () => StoredValues): Service {
  return storedService(stored, SECRETS, 'ResourceNotFoundException');
}

function storedService(stored: () => StoredValues, operations: Readonly<Record<string, StoredOperation>>, notFound: string): Service {
  const bound = Object.entries(operations).map(([name, operation]) => [name, (input: Input) => operation(stored(), input)] as const);
  return jsonService(Object.fromEntries(bound), notFound);
}

function parameter(stored: StoredValues, nameOrArn: string): object {
  const Name = nameOf(nameOrArn);
  const known = stored.parameters().find(({ name }) => name === Name);
  return { Name, Type: known?.type ?? 'String', Value: stored.parameter(Name), Version: 1, ARN: known?.arn, DataType: 'text', LastModifiedDate: 0 };
}

/** Returns the name of a parameter from its name or its ARN, with or without a version. */
function nameOf(nameOrArn: string): string {
  const [, path] = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/(.+)$/.exec(nameOrArn) ?? [];
  return (path === undefined ? nameOrArn : path.includes('/') ? `/${path}` : path).replace(/:[\w.-]+$/, '');
}

function isKnown(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
