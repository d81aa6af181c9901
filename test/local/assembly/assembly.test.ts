import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readAssembly } from '../../../local/assembly/assembly';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function stack(templateFile: string, more: object = {}): object {
  return { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile }, ...more };
}

test('stacks come before those of nested assemblies, each with its environment', () => {
  write('manifest.json', {
    artifacts: {
      'assembly-Prod': { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } },
      'Chat': stack('Chat.template.json', { environment: 'aws://111122223333/eu-west-1' }),
      'Tree': { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  });
  write('Chat.template.json', {});
  write('assembly-Prod/manifest.json', { artifacts: { ProdChat: stack('t.json', { properties: { templateFile: 't.json', stackName: 'Prod-Chat' } }) } });
  write('assembly-Prod/t.json', {});
  expect(readAssembly(directory)).toMatchObject([
    { id: 'Chat', stackName: 'Chat', account: '111122223333', region: 'eu-west-1' },
    { id: 'assembly-Prod/ProdChat', stackName: 'Prod-Chat', account: undefined, region: undefined },
  ]);
});

test('warnings and errors of constructs are read, each once', () => {
  const entries = (...of: [string, unknown][]) => of.map(([type, data]) => ({ type: `aws:cdk:${type}`, data, trace: ['at somewhere'] }));
  write('manifest.json', {
    artifacts: {
      Chat: stack('t.json', { metadata: { '/Chat/Api': entries(['warning', 'careful [ack: a:b]'], ['warning', 'careful [ack: a:b]'], ['info', 'by the way'], ['logicalId', 'Api']) } }),
      Other: stack('t.json', { additionalMetadataFile: 'more.json', metadata: { '/Other': entries(['warning', 'as well']), '/odd': null, '/odder': [null, 7] } }),
    },
  });
  write('more.json', { '/Other': entries(['error', 'not so ']) });
  write('t.json', '\uFEFF{}'); // as an editor of Windows may write it
  expect(readAssembly(directory).map(({ annotations }) => annotations)).toEqual([
    [{ path: 'Chat/Api', isError: false, text: 'careful [ack: a:b]' }],
    [{ path: 'Other', isError: false, text: 'as well' }, { path: 'Other', isError: true, text: 'not so' }],
  ]);
});

test('assets of CDK 1 and of the legacy synthesizer are found by the parameters that stand for them', () => {
  const parameters = { s3BucketParameter: 'Bucket', s3KeyParameter: 'Key', artifactHashParameter: 'Hash' };
  const asset = (path: string, data: object) => ({ type: 'aws:cdk:asset', data: { path, packaging: 'zip', id: 'abc', ...data } });
  write('manifest.json', {
    artifacts: { Old: stack('t.json', { metadata: { '/Old': [asset('asset.abc', parameters), asset('nested.json', { packaging: 'file', id: 'def', s3KeyParameter: 'Nested' }), asset('image', { id: 'i' })] } }) },
  });
  write('t.json', {});
  const [{ assets, parameters: given }] = readAssembly(directory);
  expect(Object.fromEntries(assets)).toEqual({
    'abc.zip': { path: join(directory, 'asset.abc'), packaging: 'zip' },
    'def.json': { path: join(directory, 'nested.json'), packaging: 'file' },
  });
  // The CDK splits prefix and key at the bars.
  expect(given).toEqual({ Bucket: 'legacy-assets', Key: '||abc.zip', Hash: 'abc', Nested: '||def.json' });
});

test('assets are found by their object keys, beside the manifest that names them', () => {
  write('manifest.json', {
    artifacts: {
      'Chat': stack('Chat.template.json'),
      'Chat.assets': { type: 'cdk:asset-manifest', properties: { file: 'Chat.assets.json' } },
    },
  });
  write('Chat.template.json', {});
  const files = {
    code: { source: { path: 'asset.1', packaging: 'zip' }, destinations: { here: { objectKey: 'prefix/1.zip' } } },
    outside: { source: { path: '/elsewhere/asset.2', packaging: 'zip' }, destinations: { here: { objectKey: '2.zip' } } },
    made: { source: { executable: ['make'] }, destinations: { here: { objectKey: '3.zip' } } },
  };
  write('Chat.assets.json', { files });
  const [{ assets }] = readAssembly(directory);
  expect(Object.fromEntries(assets)).toEqual({
    'prefix/1.zip': { path: join(directory, 'asset.1'), packaging: 'zip' },
    '2.zip': { path: '/elsewhere/asset.2', packaging: 'zip' },
  });
});

test('construct paths come from the template, else from the metadata, else are made of ids', () => {
  write('manifest.json', { artifacts: { Chat: stack('t.json', { additionalMetadataFile: 'm.json' }) } });
  write('t.json', { Resources: { A: { Type: 'X', Metadata: { 'aws:cdk:path': 'Chat/A/Resource' } }, B: { Type: 'X' }, C: { Type: 'X' } } });
  write('m.json', { '/Chat/B/Resource': [{ type: 'aws:cdk:logicalId', data: 'B' }] });
  const [{ constructPath }] = readAssembly(directory);
  expect(['A', 'B', 'C'].map(constructPath)).toEqual(['Chat/A', 'Chat/B', 'Chat/C']);
});

describe('what cannot be read is an error that says what to do', () => {
  test('a directory that is not there', () => {
    expect(() => readAssembly(join(directory, 'cdk.out')))
      .toThrow(/^'.*cdk\.out' is not a cloud assembly: there is no such directory; run `cdk synth` first, or pass --app$/);
  });

  test('a directory that holds something else', () => {
    expect(() => readAssembly(directory)).toThrow(/is not a cloud assembly: it has no manifest\.json; run `cdk synth` first/);
  });

  test('a missing template', () => {
    write('manifest.json', { artifacts: { Chat: stack('Chat.template.json') } });
    expect(() => readAssembly(directory)).toThrow(/^the cloud assembly is not complete: .*Chat\.template\.json is missing; run `cdk synth` again$/);
  });

  test('an artifact that is not an object', () => {
    write('manifest.json', { artifacts: { Chat: null } });
    expect(() => readAssembly(directory)).toThrow(/^artifact 'Chat' of .*manifest\.json must be an object, got null; run `cdk synth` again$/);
  });

  test('an assembly that is nested in itself', () => {
    write('manifest.json', { artifacts: { Again: { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } } } });
    expect(() => readAssembly(directory)).toThrow(`the cloud assembly ${directory} is nested in itself; run \`cdk synth\` again`);
  });

  test('an assembly that is nested in itself by a link', () => {
    write('manifest.json', { artifacts: { Again: { type: 'cdk:cloud-assembly', properties: { directoryName: 'again' } } } });
    symlinkSync('.', join(directory, 'again'));
    expect(() => readAssembly(directory)).toThrow(`the cloud assembly ${join(directory, 'again')} is nested in itself; run \`cdk synth\` again`);
  });

  test.each([
    [{ Resources: [] }, 'Resources', 'an object, got []'],
    [{ Resources: { A: null } }, 'Resources.A', 'an object, got null'],
    [{ Resources: { A: { Type: { Ref: 'B' } } } }, 'Resources.A.Type', 'a text, got {"Ref":"B"}'],
    [{ Resources: { A: { Type: 'X', Condition: ['C'] } } }, 'Resources.A.Condition', 'a text, got ["C"]'],
    [{ Resources: { A: { Type: 'X', Properties: 'none' } } }, 'Resources.A.Properties', 'an object, got "none"'],
    [{ Outputs: { A: null } }, 'Outputs.A', 'an object, got null'],
    [{ Parameters: { A: 'B' } }, 'Parameters.A', 'an object, got "B"'],
    [{ Mappings: { A: [1] } }, 'Mappings.A', 'an object, got [1]'],
    [{ Conditions: 'x'.repeat(200) }, 'Conditions', `an object, got "${'x'.repeat(99)}…`],
  ])('a template that is none: %j', (template, where, what) => {
    write('manifest.json', { artifacts: { Chat: stack('t.json') } });
    write('t.json', template);
    expect(() => readAssembly(directory)).toThrow(`${where} of ${join(directory, 't.json')} must be ${what}; run \`cdk synth\` again`);
  });

  test('a value that is nested without end', () => {
    write('manifest.json', { artifacts: { Chat: stack('t.json') } });
    write('t.json', `{"Resources":{"A":{"Type":${'['.repeat(50_000)}${']'.repeat(50_000)}}}}`);
    expect(() => readAssembly(directory)).toThrow(/^Resources\.A\.Type of .*t\.json must be a text, got what is nested too deeply; run/);
  });

  test('a file that is not JSON', () => {
    write('manifest.json', '{');
    expect(() => readAssembly(directory)).toThrow(/manifest\.json is not valid JSON \(.*\); run `cdk synth` again$/);
    writeFileSync(join(directory, 'manifest.json'), 'null');
    expect(() => readAssembly(directory)).toThrow(/manifest\.json does not hold an object; run `cdk synth` again$/);
  });
});
