import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Template } from '../../../local/assembly/assembly';
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
    ['nested in lists and objects', { a: [{ b: { Ref: 'AWS::Region' } }], c: 1 }, { a: [{ b: 'eu-west-1' }], c: 1 }],
    ['NoValue', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    ['NoValue of a whole property', { Ref: 'AWS::NoValue' }, undefined],
    ['a member named Condition', { Condition: { StringEquals: 1 } }, { Condition: { StringEquals: 1 } }],
  ])('%s', (_name, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('FindInMap looks keys up that are themselves resolved', () => {
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

  test('an alias or a version is its function', () => {
    const scope = scopeOf({ Resources });
    expect(scope.ref('Alias')).toBe(`${String(scope.attribute('Function', 'Arn'))}:live`);
    expect(scope.ref('Version')).toBe(`${String(scope.ref('Function'))}:1`);
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

  test('of another stack are read by its outputs, in its own region where none is named', () => {
    const producer = (region: string) => stackOf({ Resources, Outputs: { Out: { Value: { Ref: 'AWS::Region' } } } }, { id: region, region, stackName: 'Producer' });
    const read = (more: object) => ({ 'Fn::GetStackOutput': { StackName: 'Producer', OutputName: 'Out', ...more } });
    const properties = { same: read({}), named: read({ Region: 'us-east-1' }), missing: read({ OutputName: 'In' }), elsewhere: read({ Region: 'eu-north-1' }) };
    const [, , consumer] = scopesOf(
      producer('us-east-1'), producer('eu-west-1'), stackOf({ Resources: { Probe: { Type: 'Test::Probe', Properties: properties } } }, { id: 'Consumer' }),
    );
    expect(consumer.property('Probe', 'same')).toBe('eu-west-1');
    expect(consumer.property('Probe', 'named')).toBe('us-east-1');
    expect(() => consumer.property('Probe', 'missing')).toThrow("the stack eu-west-1 has no output 'In'");
    expect(() => consumer.property('Probe', 'elsewhere')).toThrow("there is no stack 'Producer' in eu-north-1 in the assembly");
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

  test('without such an output is an error', () => {
    const [outer] = scopes({}, {}, { 'Fn::GetAtt': ['Inner', 'Outputs.Name'] });
    expect(() => outer.property('Probe', 'value')).toThrow("the stack Stack/Inner has no output 'Name'");
  });

  test('that is its own template is an error', () => {
    const Again = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://s3/assets/key.json' } };
    expect(() => scopes({ Resources: { Again } })).toThrow('the template of Stack/Inner/Again is that of a stack in which it is nested: key.json');
  });
});

describe('what only AWS knows is an error that names the construct', () => {
  test.each<[string, unknown, string]>([
    ['an attribute', { 'Fn::GetAtt': ['Custom', 'Secret'] }, "attribute 'Secret' of Stack/Custom (Custom::Thing) is known only on AWS"],
    ['a resource that is not there', { Ref: 'Missing' }, "there is no resource or parameter 'Missing'"],
    ['a parameter without default', { Ref: 'Required' }, "parameter 'Required' has no default"],
    ['an SSM parameter', { Ref: 'Stored' }, "parameter 'Stored' is read from SSM, which needs AWS"],
    ['a dynamic reference', 'x {{resolve:ssm:/a}}', 'the dynamic reference {{resolve:ssm:/a}} needs AWS'],
    ['an import that nobody exports', { 'Fn::ImportValue': 'x' }, "no stack of the assembly exports 'x'"],
    ['an unknown function', { 'Fn::Cidr': [] }, 'Fn::Cidr is not supported'],
    ['an item that is not in the list', { 'Fn::Select': [3, ['a']] }, 'Fn::Select has no item 3'],
    ['a map entry that is not there', { 'Fn::FindInMap': ['a', 'b', 'c'] }, "mapping 'a' has no value for 'b', 'c'"],
    ['a transformation of a list', { 'Fn::Join': ['', [['a']]] }, 'Fn::Join takes strings, got ["a"]'],
  ])('%s', (_name, value, message) => {
    const template = {
      Parameters: { Required: { Type: 'String' }, Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' } },
      Resources: { Custom: { Type: 'Custom::Thing' } },
    };
    expect(() => resolve(value, template)).toThrow(`cannot resolve 'value' of Stack/Probe: ${message}`);
  });

  test('a resource that is named after itself', () => {
    const Resources = { A: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { Ref: 'A' } } } };
    expect(() => resolve({ Ref: 'A' }, { Resources })).toThrow('A refers to itself');
  });

  test('a condition', () => {
    const resources = () => scopeOf({ Resources: { Table: { Type: 'AWS::DynamoDB::Table', Condition: 'Missing' } } }).resources();
    expect(resources).toThrow("cannot resolve the condition 'Missing' of Stack/Table: there is no condition 'Missing'");
  });
});
