import { createHash } from 'node:crypto';
import type { StackScope } from './stack-scope';
import { own } from '../objects';

/** Values from the user that only AWS would know. */
export interface GivenValues {
  /** CloudFormation parameters by logical id, and SSM parameters by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Secrets by name or ARN. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Address of an emulator for other services. */
  readonly awsEndpoint?: string;
}

/** An SSM parameter or secret with a known value. */
export interface StoredValue {
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly value: string;
}

interface Generated {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number | string;
}

/** The SSM parameters and secrets of an app, from the user and from its templates. */
export class StoredValues {
  /** @param scopes returns the stacks, once all of them exist */
  constructor(private readonly scopes: () => readonly StackScope[], private readonly given: GivenValues) {}

  /** Returns the user's value for a template parameter. */
  givenParameter(logicalId: string): string | undefined {
    return own(this.given.parameters, logicalId);
  }

  parameter(name: string): string {
    const value = own(this.given.parameters, name) ?? this.parameters().find((stored) => stored.name === name)?.value;
    if (value === undefined) throw new Error(`the SSM parameter '${name}' is known only on AWS; pass --parameter ${name}=VALUE`);
    return value;
  }

  /** @param idOrArn name of a secret, or its ARN, with or without the six characters that AWS adds */
  secret(idOrArn: string): string {
    const value = own(this.given.secrets, idOrArn)
      ?? own(this.given.secrets, /:secret:(.+)$/.exec(idOrArn)?.[1] ?? '')
      ?? this.secrets().find(({ name, arn }) => [name, arn, arn.replace(/-\w{6}$/, '')].includes(idOrArn))?.value;
    if (value === undefined) throw new Error(`the secret '${idOrArn}' is known only on AWS; pass --secret ${idOrArn}=VALUE`);
    return value;
  }

  /** Names of all SSM parameters. */
  parameterNames(): string[] {
    return [...new Set([...Object.keys(this.given.parameters ?? {}), ...this.parameters().map(({ name }) => name)])];
  }

  /** Returns the templates' parameters; the user's value takes precedence. */
  parameters(): StoredValue[] {
    return this.ofType('AWS::SSM::Parameter', (scope, logicalId) => {
      const { ref, attributes } = scope.identity(logicalId);
      const value = own(this.given.parameters, ref) ?? scope.property(logicalId, 'Value');
      return value === undefined ? undefined : { name: ref, arn: attributes.Arn, type: String(scope.property(logicalId, 'Type') ?? 'String'), value: textOf(value) };
    });
  }

  secrets(): StoredValue[] {
    return this.ofType('AWS::SecretsManager::Secret', (scope, logicalId) => {
      const { ref: arn, attributes } = scope.identity(logicalId);
      const name = attributes.Name;
      const value = own(this.given.secrets, name) ?? own(this.given.secrets, arn) ?? secretString(scope, logicalId, name);
      return value === undefined ? undefined : { name, arn, type: 'secret', value };
    });
  }

  /** Returns the value of `{{resolve:ssm:…}}`, `{{resolve:ssm-secure:…}}` or `{{resolve:secretsmanager:…}}`. */
  dynamicReference(reference: string): string {
    const [, service, rest = ''] = /^resolve:([^:]+):(.*)$/s.exec(reference) ?? [];
    if (service === 'ssm' || service === 'ssm-secure') return this.parameter(rest.replace(/:\d+$/, ''));
    if (service !== 'secretsmanager') throw new Error(`the dynamic reference {{${reference}}} needs AWS`);
    const [, id = '', key = ''] = /^(arn:(?:[^:]*:){5}[^:]+|[^:]+)(?::SecretString(?::([^:]*))?.*)?$/s.exec(rest) ?? [];
    const secret = this.secret(id);
    if (key === '') return secret;
    const member = memberOf(secret, key);
    if (member === undefined) throw new Error(`the secret '${id}' has no '${key}'; pass --secret ${id}='{"${key}":"VALUE"}'`);
    return member;
  }

  private ofType(type: string, read: (scope: StackScope, logicalId: string) => StoredValue | undefined): StoredValue[] {
    return this.scopes().flatMap((scope) => scope.resources().filter((resource) => resource.type === type).flatMap(({ logicalId }) => {
      try {
        return read(scope, logicalId) ?? [];
      } catch {
        return []; // A value may refer to itself.
      }
    }));
  }
}

function secretString(scope: StackScope, logicalId: string, name: string): string | undefined {
  const text = scope.property(logicalId, 'SecretString');
  if (text !== undefined) return textOf(text);
  const { SecretStringTemplate, GenerateStringKey, PasswordLength = 32 } = (scope.property(logicalId, 'GenerateSecretString') ?? {}) as Generated;
  // The same from run to run, so that persisted rows stay readable.
  const generated = createHash('sha512').update(name).digest('base64').replace(/\W/g, '').slice(0, Number(PasswordLength));
  if (GenerateStringKey === undefined) return generated;
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate ?? '{}') as object, [GenerateStringKey]: generated });
}

function memberOf(json: string, key: string): string | undefined {
  try {
    const value = own(JSON.parse(json) as Record<string, unknown>, key);
    return value === undefined ? undefined : textOf(value);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}
