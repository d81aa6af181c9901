import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differencesOf, isFrom, type KnownDifference, readDifferences } from './differences';
import { chosen, newestPatches, readVersions } from './version-list';

interface Manifest {
  readonly version: string;
  readonly peerDependencies: Record<string, string>;
}

const manifest = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
const { peerDependencies } = manifest(join(__dirname, '..', '..', 'package.json'));

describe('the list of versions', () => {
  const versions = readVersions();

  test.each(['aws-cdk-lib', 'constructs'] as const)('of %s starts at the lowest that users may have, in order', (peer) => {
    expect(`^${versions[peer][0]}`).toBe(peerDependencies[peer]);
    for (const [index, version] of versions[peer].slice(1).entries()) expect(isFrom(version, versions[peer][index])).toBe(true);
  });

  test('has the newest aws-cdk-lib that the other tests run with', () => {
    const { version } = manifest(require.resolve('aws-cdk-lib-newest/package.json'));
    expect(isFrom(versions['aws-cdk-lib'].at(-1)!, version)).toBe(true);
  });

  test('is the newest patch of each minor version from the floor on, and the floor', () => {
    const published = ['9.9.9', '10.4.2', '10.5.0', '10.5.2', '10.5.10', '10.6.1', '10.6.0', '10.12.0', '10.13.0-rc.1', '11.0.0'];
    expect(newestPatches('10.5.0', published)).toEqual(['10.5.0', '10.5.10', '10.6.1', '10.12.0']);
    expect(newestPatches('10.5.2', published)[0]).toBe('10.5.2');
  });

  test('of a run that takes some has both ends, and both sides of what the code detects', () => {
    expect(chosen(versions['aws-cdk-lib'])).toEqual(['2.245.0', '2.250.0', '2.251.0', '2.252.0', '2.268.0', '2.269.0', versions['aws-cdk-lib'].at(-1)]);
    expect(chosen(versions.constructs)).toEqual([versions.constructs[0], versions.constructs.at(-1)]);
  });
});

describe('differences of templates', () => {
  const before = { Stack: { Resources: { Topic: { Properties: { Names: ['a', 'b'], Size: 1 } } } } };
  const after = { Stack: { Resources: { Topic: { Properties: { Names: ['a', 'c'] } }, Queue: {} } } };
  const known: KnownDifference = { peer: 'constructs', from: '10.6.0', path: 'Stack.Resources.Topic.Properties.Names.1', change: ['"b"', '"c"'], reason: 'so' };

  test('are all found', () => {
    expect(differencesOf(before, after, [])).toEqual([
      'Stack.Resources.Topic.Properties.Names.1: "b" became "c"', 'Stack.Resources.Topic.Properties.Size: 1 became nothing', 'Stack.Resources.Queue: nothing became {}',
    ]);
    expect(differencesOf(before, before, [])).toEqual([]);
  });

  test('that are listed are none, as long as they are just what is listed', () => {
    expect(differencesOf(before, after, [known])).toHaveLength(2);
    expect(differencesOf(before, after, [{ ...known, change: ['"b"', '"d"'] }])).toHaveLength(4);
  });

  test('that are listed and not there are found', () => {
    expect(differencesOf(before, before, [known])).toEqual(['Stack.Resources.Topic.Properties.Names.1: the listed difference is not there (so)']);
  });

  test('that are listed come with a version of the list', () => {
    for (const { peer, from, reason } of readDifferences()) {
      expect(readVersions()[peer]).toContain(from);
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
