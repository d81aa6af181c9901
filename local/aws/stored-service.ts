import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Service } from './door';
import { messageOf } from '../errors';
import { readBody } from '../request-body';
import type { StoredValues } from '../template/stored-values';

type Input = Readonly<Record<string, unknown>>;
type Operation = (stored: StoredValues, input: Input) => object;

const MAX_REQUEST_BYTES = 1024 * 1024;

/** What functions read of SSM: the parameters of the templates, and those that the user gives. */
const PARAMETERS: Readonly<Record<string, Operation>> = {
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

/** What they read of Secrets Manager. */
const SECRETS: Readonly<Record<string, Operation>> = {
  GetSecretValue: (stored, { SecretId }) => {
    const SecretString = stored.secret(String(SecretId));
    return { ARN: SecretId, Name: String(SecretId).replace(/^arn:.*:secret:/, ''), SecretString, VersionId: 'local', VersionStages: ['AWSCURRENT'] };
  },
};

export function parameterService(stored: () => StoredValues): Service {
  return jsonService(stored, PARAMETERS, 'ParameterNotFound');
}

export function secretService(stored: () => StoredValues): Service {
  return jsonService(stored, SECRETS, 'ResourceNotFoundException');
}

/** A service that speaks JSON, and whose operations fail by not knowing a value. */
function jsonService(stored: () => StoredValues, operations: Readonly<Record<string, Operation>>, notFound: string): Service {
  const answer = async (name: string, request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    response.setHeader('Content-Type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(operations[name](stored(), JSON.parse(String(body) || '{}') as Input)));
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ __type: notFound, message: messageOf(error) }));
    }
  };
  return {
    serve(_host, request, response) {
      const name = String(request.headers['x-amz-target']).split('.').pop()!;
      if (!Object.hasOwn(operations, name)) return false;
      void answer(name, request, response).catch(() => response.destroy());
      return true;
    },
  };
}

function parameter(stored: StoredValues, nameOrArn: string): object {
  const Name = nameOf(nameOrArn);
  const known = stored.parameters().find(({ name }) => name === Name);
  return { Name, Type: known?.type ?? 'String', Value: stored.parameter(Name), Version: 1, ARN: known?.arn, DataType: 'text', LastModifiedDate: 0 };
}

/** The name of a parameter, out of its name or its ARN, with or without a version. */
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
