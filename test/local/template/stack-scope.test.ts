import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Template } from '../../../local/assembly/template';
import { createScopes } from '../../../local/template/scopes';
import { scopeOf, scopesOf, stackOf } from '../fixtures/stack';

/** Resolves a value as a property of a resource. */
function resolve(value: unknown, template: Template = {}): unknown {
  const Resources = { ...template.Resources, Probe: { Type: 'Test::Probe', Properties: { value } } };
  return scopeOf({ ...template, Resources }).property('Probe', 'value');
}

describe('intrinsic functions', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }, 1]] }, 'a-111122223333-1'],
    ['Split and Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Sub', { 'Fn::Sub': '${AWS::Partition}:${AWS::URLSuffix}' }, 'aws:amazonaws.com'],
    ['Sub with variables', { 'Fn::Sub': ['${name} in ${AWS::Region}', { name: { Ref: 'AWS::StackName' } }] }, 'Stack in eu-west-1'],
    ['Sub with a literal', { 'Fn::Sub': '${!kept} ${AWS::Region}' }, '${kept} eu-west-1'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['Equals', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }, true],
    ['And', { 'Fn::And': [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['a', 'b'] }] }, false],
    ['Or', { 'Fn::Or': [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['a', 'b'] }] }, true],
    ['Not', { 'Fn::Not': [{ 'Fn::Equals': ['a', 'a'] }] }, false],
    ['Length', { 'Fn::Length': { 'Fn::Split': [',', 'a,b,c'] } }, 3],
    ['ToJsonString', { 'Fn::ToJsonString': { a: [{ Ref: 'AWS::Region' }], b: { Ref: 'AWS::NoValue' } } }, '{"a":["eu-west-1"]}'],
    ['GetAZs', { 'Fn::GetAZs': '' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
    ['nested in lists and objects', { a: [{ b: { Ref: 'AWS::Region' } }], c: 1 }, { a: [{ b: 'eu-west-1' }], c: 1 }],
    ['NoValue', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    ['NoValue of a whole property', { Ref: 'AWS::NoValue' }, undefined],
    ['a member named Condition', { Condition: { StringEquals: 1 } }, { Condition: { StringEquals: 1 } }],
  ])('%s', (_name, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('FindInMap has a default, which is resolved only where it is needed', () => {
    const Mappings = { Sizes: { 'eu-west-1': { small: 128, list: ['a', 'b'] } } };
    const find = (top: string, key: string, DefaultValue: unknown) => ({ 'Fn::FindInMap': ['Sizes', top, key, { DefaultValue }] });
    expect(resolve([
      find('eu-west-1', 'small', { Ref: 'Missing' }), find('us-east-1', 'small', { Ref: 'AWS::Region' }), find('eu-west-1', 'large', 1), find('eu-west-1', 'toString', 2),
    ], { Mappings })).toEqual([128, 'eu-west-1', 1, 2]);
    expect(resolve({ 'Fn::Length': { 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'list'] } }, { Mappings })).toBe(2);
  });

  test('FindInMap resolves its keys first', () => {
    const Mappings = { Sizes: { 'eu-west-1': { small: 128 } } };
    expect(resolve({ 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, { Mappings })).toBe(128);
  });

  test('If resolves only the branch that its condition chooses', () => {
    const Conditions = { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } };
    const impossible = { 'Fn::GetAtt': ['Probe', 'Unknown'] };
    expect(resolve({ 'Fn::If': ['Yes', 'first', impossible] }, { Conditions })).toBe('first');
    expect(resolve({ 'Fn::If': ['No', impossible, 'second'] }, { Conditions })).toBe('second');
  });

  test('parameters have their defaults', () => {
    const Parameters = { Text: { Type: 'String', Default: 'a' }, List: { Type: 'CommaDelimitedList', Default: 'a,b' } };
    expect(resolve([{ Ref: 'Text' }, { Ref: 'List' }], { Parameters })).toEqual(['a', ['a', 'b']]);
  });
});

describe('resources', () => {
  const Resources = {
    Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': '${AWS::StackName}-rows' } } },
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Function' }, Name: 'live' } },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: {} },
  };

  test('have names that stay the same from run to run, and differ between stacks', () => {
    const [first, other] = scopesOf(stackOf({ Resources }), stackOf({ Resources }, { id: 'Other/Stack' }));
    expect(first.ref('Table')).toMatch(/^Stack-Table-[0-9A-Z]{12}$/);
    expect(scopeOf({ Resources }).ref('Table')).toBe(first.ref('Table'));
    expect(other.ref('Table')).not.toBe(first.ref('Table'));
  });

  test('have the names that the template gives them', () => {
    expect(resolve({ 'Fn::GetAtt': ['Named', 'Arn'] }, { Resources })).toBe('arn:aws:dynamodb:eu-west-1:111122223333:table/Stack-rows');
  });

  test('an alias or a version stands for its function', () => {
    const scope = scopeOf({ Resources });
    expect(scope.ref('Alias')).toBe(`${String(scope.attribute('Function', 'Arn'))}:live`);
    expect(scope.ref('Version')).toBe(`${String(scope.attribute('Function', 'Arn'))}:1`);
  });

  test('an API has an id and an endpoint', () => {
    const scope = scopeOf({ Resources }, { region: 'cn-north-1' });
    expect(scope.ref('Api')).toMatch(/^[0-9a-z]{10}$/);
    expect(scope.attribute('Api', 'ApiEndpoint')).toBe(`wss://${String(scope.ref('Api'))}.execute-api.cn-north-1.amazonaws.com.cn`);
  });

  test('exist only when their condition holds', () => {
    const Conditions = { No: { 'Fn::Equals': ['a', 'b'] } };
    const scope = scopeOf({ Conditions, Resources: { There: { Type: 'A::B::C' }, Absent: { Type: 'A::B::C', Condition: 'No' } } });
    expect(scope.resources().map(({ logicalId }) => logicalId)).toEqual(['There']);
  });

  test('of another stack are imported', () => {
    const [, consumer] = scopesOf(
      stackOf({ Resources, Outputs: { Out: { Value: { Ref: 'Table' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Table' } } } } }),
      stackOf({ Resources: { Probe: { Type: 'Test::Probe', Properties: { value: { 'Fn::ImportValue': 'Stack:Table' } } } } }, { id: 'Consumer' }),
    );
    expect(consumer.property('Probe', 'value')).toMatch(/^Stack-Table-/);
  });

  test('of another stack are read from its outputs, by default in the same region', () => {
    const producer = (region: string) => stackOf({ Resources, Outputs: { Out: { Value: { Ref: 'AWS::Region' } } } }, { id: region, region, stackName: 'Producer' });
    const read = (more: object) => ({ 'Fn::GetStackOutput': { StackName: 'Producer', OutputName: 'Out', ...more } });
    const properties = { same: read({}), named: read({ Region: 'us-east-1' }), missing: read({ OutputName: 'In' }), elsewhere: read({ Region: 'eu-north-1' }) };
    const [, , consumer] = scopesOf(
      producer('us-east-1'), producer('eu-west-1'), stackOf({ Resources: { Probe: { Type: 'Test::Probe', Properties: properties } } }, { id: 'Consumer' }),
    );
    expect(consumer.property('Probe', 'same')).toBe('eu-west-1');
    expect(consumer.property('Probe', 'named')).toBe('us-east-1');
    expect(() => consumer.required('Probe', 'missing')).toThrow("the stack eu-west-1 has no output 'In'");
    expect(() => consumer.required('Probe', 'elsewhere')).toThrow("there is no stack 'Producer' in eu-north-1 in the assembly");
  });
});

describe('a nested stack', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nested-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function scopes(nested: Template, parameters: Record<string, unknown> = {}, probe: unknown = 'x') {
    const path = join(directory, 'nested.template.json');
    writeFileSync(path, JSON.stringify(nested));
    const Resources = {
      Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      Inner: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: { 'Fn::Sub': 'https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/key.json' }, Parameters: parameters },
      },
      Probe: { Type: 'Test::Probe', Properties: { value: probe } },
    };
    return scopesOf(stackOf({ Resources }, { assets: new Map([['key.json', { path, packaging: 'file' as const }]]) }));
  }

  const Parameters = { TableName: { Type: 'String', Default: 'none' }, Names: { Type: 'CommaDelimitedList' } };

  test('has its own resources, and the values that it is given', () => {
    const [outer, inner] = scopes(
      { Parameters, Resources: { Fn: { Type: 'AWS::Lambda::Function', Properties: { Variables: { Ref: 'TableName' }, Names: { Ref: 'Names' } } } } },
      { TableName: { Ref: 'Table' }, Names: { 'Fn::Join': [',', ['a', 'b']] } },
    );
    expect(inner.resources()).toEqual([{ logicalId: 'Fn', type: 'AWS::Lambda::Function', path: 'Stack/Inner/Fn' }]);
    expect(inner.property('Fn', 'Variables')).toBe(outer.ref('Table'));
    expect(inner.property('Fn', 'Names')).toEqual(['a', 'b']);
    expect(inner.identity('Fn').ref).not.toBe(outer.identity('Table').ref);
  });

  test('has the defaults of parameters that it is not given, and outputs', () => {
    const [outer] = scopes({ Parameters, Outputs: { Name: { Value: { Ref: 'TableName' } } } }, {}, { 'Fn::GetAtt': ['Inner', 'Outputs.Name'] });
    expect(outer.property('Probe', 'value')).toBe('none');
  });

  test('has the default of a parameter that is named like a member of every object', () => {
    const template: Template = { Parameters: { constructor: { Type: 'String', Default: 'none' } }, Outputs: { Name: { Value: { Ref: 'constructor' } } } } as never;
    const [outer] = scopes(template, {}, { 'Fn::GetAtt': ['Inner', 'Outputs.Name'] });
    expect(outer.property('Probe', 'value')).toBe('none');
  });

  test('without such an output is an error', () => {
    const [outer] = scopes({}, {}, { 'Fn::GetAtt': ['Inner', 'Outputs.Name'] });
    expect(() => outer.required('Probe', 'value')).toThrow("the stack Stack/Inner has no output 'Name'");
  });

  test('that is its own template is left out and reported', () => {
    const Again = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://s3/assets/key.json' } };
    const [, inner, ...more] = scopes({ Resources: { Again } });
    expect(more).toEqual([]);
    expect(inner.failures).toEqual([
      'Stack/Inner/Again: the nested stack cannot be resolved: the template of Stack/Inner/Again is the template of an enclosing stack: key.json',
    ]);
  });

  test('may have its template behind a prefix of the bucket', () => {
    const path = join(directory, 'prefixed.json');
    writeFileSync(path, JSON.stringify({ Resources: { Fn: { Type: 'AWS::Lambda::Function' } } }));
    const Inner = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://s3.eu-west-1.amazonaws.com/bucket/apps/chat/key.json' } };
    const [, inner] = scopesOf(stackOf({ Resources: { Inner } }, { assets: new Map([['apps/chat/key.json', { path, packaging: 'file' as const }]]) }));
    expect(inner.resources()).toMatchObject([{ path: 'Stack/Inner/Fn' }]);
  });
});

describe('a value that cannot be resolved counts as absent, and is reported', () => {
  /** A very deeply nested value. */
  const deep = (): unknown => JSON.parse('{"Fn::Join":["",['.repeat(20_000) + '"a"' + ']]}'.repeat(20_000));

  test.each<[string, unknown, string]>([
    ['an attribute', { 'Fn::GetAtt': ['Custom', 'Secret'] }, "attribute 'Secret' of Stack/Custom (Custom::Thing) is known only on AWS"],
    ['a resource that is not there', { Ref: 'Missing' }, "there is no resource or parameter 'Missing'"],
    ['a name that every object has', { 'Fn::Sub': '${constructor}' }, "there is no resource or parameter 'constructor'"],
    ['an attribute that every object has', { 'Fn::GetAtt': ['Custom', 'toString'] }, "attribute 'toString' of Stack/Custom (Custom::Thing) is known only on AWS"],
    ['a parameter without default', { Ref: 'Required' }, "parameter 'Required' has no default; pass --parameter Required=VALUE"],
    ['an SSM parameter', { Ref: 'Stored' }, "the SSM parameter '/x' is known only on AWS; pass --parameter /x=VALUE"],
    ['a dynamic reference', 'x {{resolve:ssm:/a:3}}', "the SSM parameter '/a' is known only on AWS; pass --parameter /a=VALUE"],
    ['a reference that is joined of parts', { 'Fn::Join': ['', ['{{resolve:secretsmanager:', 'b', ':SecretString:key}}']] },
      "the secret 'b' is known only on AWS; pass --secret b=VALUE"],
    ['an import that is not exported', { 'Fn::ImportValue': 'x' }, "no stack of the assembly exports 'x'"],
    ['an unknown function', { 'Fn::Cidr': [] }, 'Fn::Cidr is not supported'],
    ['an item that is not in the list', { 'Fn::Select': [3, ['a']] }, 'Fn::Select has no item 3'],
    ['a map entry that is not there', { 'Fn::FindInMap': ['a', 'b', 'c'] }, "mapping 'a' has no value for 'b', 'c'"],
    ['a transformation of a list', { 'Fn::Join': ['', [['a']]] }, 'Fn::Join takes strings, got ["a"]'],
    ['a condition that refers to itself', { 'Fn::If': ['Cyclic', 'a', 'b'] }, "condition 'Cyclic' refers to itself"],
    ['a text with variables that are none', { 'Fn::Sub': ['${length}', []] }, 'Fn::Sub takes a text and an object, got []'],
    ['what is nested without end', deep(), 'it is nested too deeply'],
  ])('%s', (_name, value, message) => {
    const scope = scopeOf({
      Parameters: { Required: { Type: 'String' }, Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' } },
      Conditions: { Cyclic: { 'Fn::Not': [{ Condition: 'Cyclic' }] } },
      Resources: { Custom: { Type: 'Custom::Thing' }, Probe: { Type: 'Test::Probe', Properties: { value, other: { kept: 1, lost: value, list: [value, 2] } } } },
    });
    expect(scope.property('Probe', 'value')).toBeUndefined();
    expect(scope.property('Probe', 'other')).toEqual({ kept: 1, list: [2] });
    expect(scope.failures).toEqual(['value', 'other.lost', 'other.list[0]'].map((where) => `Stack/Probe: its ${where} cannot be resolved: ${message}`));
    expect(() => scope.required('Probe', 'value')).toThrow(`its value cannot be resolved: ${message}`);
  });

  test('lists that are nested without end are reported with a message that has an end', () => {
    const value = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
    const scope = scopeOf({ Resources: { Probe: { Type: 'Test::Probe', Properties: { value } } } });
    scope.property('Probe', 'value');
    expect(scope.failures).toEqual([expect.stringMatching(/^Stack\/Probe: its value(\[0\])+\[?0?… cannot be resolved: it is nested too deeply$/)]);
    expect(scope.failures[0].length).toBeLessThan(200);
  });

  test.each([['two that refer to each other', { One: { Condition: 'Two' }, Two: { 'Fn::Not': [{ Condition: 'One' }] } }, "condition 'One' refers to itself"],
    ['a chain without end', Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [i === 0 ? 'One' : `C${i}`, { Condition: `C${i + 1}` }])), 'it is nested too deeply']])('conditions, %s: their resource is left out', (_what, Conditions, why) => {
    const scope = scopeOf({ Conditions, Resources: { Table: { Type: 'AWS::DynamoDB::Table', Condition: 'One' } } });
    expect(scope.resources()).toEqual([]);
    expect(scope.failures).toEqual([`Stack/Table is left out: its condition 'One' cannot be resolved: ${why}`]);
  });

  test('a resource that is named after itself', () => {
    const Resources = { A: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { Ref: 'A' } } } };
    const scope = scopeOf({ Resources });
    expect(scope.ref('A')).toMatch(/^Stack-A-/);
    expect(scope.failures).toEqual(['Stack/A: its TableName cannot be resolved: A refers to itself']);
  });

  test('a condition: its resource is left out', () => {
    const scope = scopeOf({ Resources: { Table: { Type: 'AWS::DynamoDB::Table', Condition: 'Missing' } } });
    expect(scope.resources()).toEqual([]);
    expect(scope.failures).toEqual(["Stack/Table is left out: its condition 'Missing' cannot be resolved: there is no condition 'Missing'"]);
  });
});

describe('values of SSM and Secrets Manager', () => {
  const Resources = {
    Setting: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/chat/room', Type: 'String', Value: 'lobby' } },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'db', SecretString: '{"user":"ann"}' } },
    Generated: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: { SecretStringTemplate: '{"user":"bob"}', GenerateStringKey: 'password', PasswordLength: 12 } } },
  };
  const Parameters = { Room: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/chat/room' }, Env: { Type: 'String' } };

  test.each<[string, unknown, unknown]>([
    ['a parameter of the template', '{{resolve:ssm:/chat/room}} {{resolve:ssm:/chat/room:1}}', 'lobby lobby'],
    ['by a parameter of CloudFormation', { Ref: 'Room' }, 'lobby'],
    ['as an attribute', { 'Fn::GetAtt': ['Setting', 'Value'] }, 'lobby'],
    ['a secret by its name', '{{resolve:secretsmanager:db}}', '{"user":"ann"}'],
    ['a member of a secret, by its ARN', { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Secret' }, ':SecretString:user::}}']] }, 'ann'],
    ['a member beside one that is generated', { 'Fn::Sub': '{{resolve:secretsmanager:${Generated}:SecretString:user}}' }, 'bob'],
    ['one that is generated', { 'Fn::Sub': '{{resolve:secretsmanager:${Generated}:SecretString:password}}' }, expect.stringMatching(/^\w{12}$/)],
  ])('are known from the template: %s', (_name, value, expected) => {
    expect(resolve(value, { Parameters, Resources })).toEqual(expected);
  });

  test('are known from the command line, which comes first', () => {
    const values = { room: { Ref: 'Room' }, other: '{{resolve:ssm-secure:/other}}', db: '{{resolve:secretsmanager:db:SecretString:user}}', env: { Ref: 'Env' } };
    const stack = stackOf({ Parameters, Resources: { ...Resources, Probe: { Type: 'Test::Probe', Properties: { values } } } });
    const given = { parameters: { '/chat/room': 'attic', '/other': 'cellar', 'Env': 'prod' }, secrets: { db: '{"user":"eve"}' } };
    const { scopes: [scope] } = createScopes([stack], { account: '1', region: 'eu-west-1' }, given);
    expect(scope.property('Probe', 'values')).toEqual({ room: 'attic', other: 'cellar', db: 'eve', env: 'prod' });
  });
});

test('stacks of two regions pass values through custom resources', () => {
  const name = '/cdk/exports/Two/Onetable';
  const One = { Table: { Type: 'AWS::DynamoDB::Table' }, Writer: { Type: 'Custom::CrossRegionExportWriter', Properties: { WriterProps: { exports: { [name]: { 'Fn::GetAtt': ['Table', 'Arn'] } } } } } };
  const Two = { Reader: { Type: 'Custom::CrossRegionExportReader' }, Probe: { Type: 'Test::Probe', Properties: { value: { 'Fn::GetAtt': ['Reader', name] }, nothing: { 'Fn::GetAtt': ['Reader', 'x'] } } } };
  const [one, two] = scopesOf(stackOf({ Resources: One }, { id: 'One', region: 'us-east-1' }), stackOf({ Resources: Two }, { id: 'Two' }));
  expect(two.property('Probe', 'value')).toBe(one.attribute('Table', 'Arn'));
  expect(two.property('Probe', 'value')).toContain(':us-east-1:');
  expect(two.property('Probe', 'nothing')).toBeUndefined();
});

test('names that code parses have the form that AWS gives them', () => {
  const types = {
    Topic: 'AWS::SNS::Topic',
    Pool: 'AWS::Cognito::UserPool',
    Bucket: 'AWS::S3::Bucket',
    Secret: 'AWS::SecretsManager::Secret',
    Machine: 'AWS::StepFunctions::StateMachine',
    Site: 'AWS::CloudFront::Distribution',
    Http: 'AWS::ApiGatewayV2::Api',
    Url: 'AWS::Lambda::Url',
    Role: 'AWS::IAM::Role',
    Key: 'AWS::KMS::Key',
    Policy: 'AWS::IAM::ManagedPolicy',
  };
  const Resources = Object.fromEntries(Object.entries(types).map(([id, Type]) => [id, { Type, Properties: { ProtocolType: 'HTTP', BucketName: id === 'Bucket' ? 'my-bucket' : undefined } }]));
  const scope = scopeOf({ Resources }, { region: 'cn-north-1' });
  expect(scope.ref('Topic')).toMatch(/^arn:aws-cn:sns:cn-north-1:111122223333:Stack-Topic-\w+$/);
  expect(scope.ref('Pool')).toMatch(/^cn-north-1_\w{9}$/);
  expect(scope.attribute('Pool', 'ProviderName')).toBe(`cognito-idp.cn-north-1.amazonaws.com.cn/${String(scope.ref('Pool'))}`);
  expect([scope.ref('Bucket'), scope.attribute('Bucket', 'RegionalDomainName')]).toEqual(['my-bucket', 'my-bucket.s3.cn-north-1.amazonaws.com.cn']);
  expect(scope.ref('Secret')).toMatch(/^arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:Stack-Secret-\w+-\w{6}$/);
  expect(scope.ref('Machine')).toMatch(/:stateMachine:Stack-Machine-/);
  expect(scope.attribute('Site', 'DomainName')).toMatch(/^d[a-z0-9]{13}\.cloudfront\.net$/);
  expect(scope.attribute('Http', 'ApiEndpoint')).toMatch(/^https:\/\/[a-z0-9]{10}\.execute-api\.cn-north-1\.amazonaws\.com\.cn$/);
  expect(scope.attribute('Url', 'FunctionUrl')).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.cn-north-1\.on\.aws\/$/);
  expect(scope.attribute('Role', 'Arn')).toMatch(/^arn:aws-cn:iam::111122223333:role\/Stack-Role-/);
  expect(scope.ref('Policy')).toMatch(/^arn:aws-cn:iam::111122223333:policy\/Stack-Policy-/);
  expect(scope.ref('Key')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test.each([
  ['eu-west-1', 'aws', 'amazonaws.com'], ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'], ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'], ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
  ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'], ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'], ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'], ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
])('the region %s is in %s, whose names end in %s', (region, partition, suffix) => {
  expect(scopeOf({}, { region }).environment).toMatchObject({ partition, urlSuffix: suffix });
});

test('the id of a stack has the form of AWS, and stays the same', () => {
  const id = String(scopeOf({}).ref('AWS::StackId'));
  expect(id).toMatch(/^arn:aws:cloudformation:eu-west-1:111122223333:stack\/Stack\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(scopeOf({}).ref('AWS::StackId')).toBe(id);
});
