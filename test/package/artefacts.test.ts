import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIST, distFile, ROOT } from './support/apps';
import { testWith } from './support/tools';
import { bundledFolders, formatNotices, NOTICES, readMetafiles, readPackage } from '../../packaging/notices';

/* The published packages: the content of each package in dist/, and what it must not contain. Needs `npx projen package:available`. */

const scratch = mkdtempSync(join(tmpdir(), 'artefacts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const OURS = ['', 'local', 'client'].map((folder) => (JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as { name: string }).name);

interface Owner {
  readonly name: string;
  readonly version: string;
}

/** Returns the package that a file of a bundle belongs to. */
function ownerOf(input: string): Owner {
  const path = join(ROOT, input.replace(/^[\w-]+:/, ''));
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    const owner = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) as Partial<Owner> : {};
    // Some packages have manifests without a name in folders of their own.
    if (owner.name && owner.version) return owner as Owner;
    if (folder === dirname(folder)) throw new Error(`no package has ${input}`);
  }
}

const kilobytes = (file: string): number => statSync(file).size / 1000;
const tarball = (): string => distFile('js', /\.tgz$/);

/** Unpacks into a new folder. */
function unpack(file: string, command: string, ...args: string[]): string {
  const folder = mkdtempSync(join(scratch, 'unpacked-'));
  execFileSync(command, args.map((arg) => arg.replace('FILE', file)), { cwd: folder });
  return folder;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile()).sort();
}

/** Returns texts that must not be in a package: traces of this machine, and anything that is or looks like a secret. */
function unwanted(text: string): string[] {
  const secrets = Object.entries(process.env).filter(([name, value]) => /TOKEN|SECRET|PASSWORD|CREDENTIAL/.test(name) && (value ?? '').length > 7);
  const here = [ROOT, homedir(), tmpdir() + '/'].filter((path) => path.length > 5);
  const patterns = [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, /-----BEGIN [A-Z ]*PRIVATE KEY/, /\b(npm|ghp|gho|ghs|pypi)[_-][A-Za-z0-9]{30,}/];
  return [
    ...here.filter((path) => text.includes(path)),
    ...secrets.filter(([, value]) => text.includes(value!)).map(([name]) => `the value of ${name}`),
    ...patterns.flatMap((pattern) => pattern.exec(text)?.[0] ?? []),
  ];
}

function expectNothingUnwanted(folder: string): void {
  for (const file of filesIn(folder)) {
    expect([file, unwanted(readFileSync(join(folder, file), 'latin1'))]).toEqual([file, []]);
    expect(file).not.toMatch(/\.(test|spec)\.|\.map$|\.tsbuildinfo$|node_modules|(^|\/)\.(env|npmrc|git)|metafile/);
  }
}

describe('the npm package', () => {
  let folder: string;
  beforeAll(() => (folder = unpack(tarball(), 'tar', '-xzf', 'FILE', '--strip-components=1')));

  // Half of it are the handlers of the layers, which are separate so that the base ones stay equal to the byte.
  test('is at most 1,550 KB, and 5.4 MB unpacked', () => {
    expect(kilobytes(tarball())).toBeLessThanOrEqual(1550);
    expect(filesIn(folder).reduce((sum, file) => sum + kilobytes(join(folder, file)), 0)).toBeLessThanOrEqual(5400);
  });

  test('has no command, here or in the jsii assembly: it would become a script that cannot run in the Python package', () => {
    for (const file of ['.jsii', 'package.json']) expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).not.toHaveProperty('bin');
  });

  test('has the examples of its documentation in every language', () => {
    const tablet = execFileSync('gzip', ['-dc', join(folder, '.jsii.tabl.json.gz')], { encoding: 'utf8' });
    const { snippets } = JSON.parse(tablet) as { snippets: Record<string, { translations: Record<string, unknown> }> };
    expect(Object.values(snippets).length).toBeGreaterThan(0);
    for (const { translations } of Object.values(snippets)) expect(Object.keys(translations)).toEqual(expect.arrayContaining(['python', 'java', 'go', 'csharp']));
  });
});

/** The three npm packages: folder of the metafiles, tarball, and sources of scripts that are shipped unchanged. */
describe.each([
  ['construct', () => tarball(), []],
  ['local', () => distFile('npm-broadcast-local', /\.tgz$/), ['local', join('examples', 'chat', 'web')]],
  ['client', () => distFile('npm-broadcast-websocket-client', /\.tgz$/), []],
] as const)('the npm package of %s', (name, packed, sources) => {
  let folder: string;
  beforeAll(() => (folder = unpack(packed(), 'tar', '-xzf', 'FILE', '--strip-components=1')));

  test('holds nothing of this machine, no secrets, no tests and no sources', () => {
    expectNothingUnwanted(folder);
    expect(filesIn(folder).filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([]);
    expect(filesIn(folder).filter((file) => /\.(tgz|whl|jar|nupkg)$/.test(file))).toEqual([]);
  });

  test('has its licence, and the notices of all that is bundled into it, as they are now', () => {
    const packages = bundledFolders(readMetafiles(name)).map(readPackage);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
    // The client bundles no other package.
    expect(packages.length > 0).toBe(name in NOTICES);
    if (!(name in NOTICES)) return;
    const notices = readFileSync(join(folder, NOTICES[name].replace(/^local./, '')), 'utf8');
    expect(notices).toBe(formatNotices(packages));
    for (const { name: bundled, version, license } of packages) expect(notices).toContain(`${bundled} ${version} (${license})\n`);
    // Another way than the notices': the manifest nearest to each file that esbuild read.
    const owners = readMetafiles(name).flatMap(({ inputs }) => Object.keys(inputs)).map(ownerOf).filter((owner) => !OURS.includes(owner.name));
    expect(owners.length).toBeGreaterThan(0);
    for (const owner of owners) expect(notices).toContain(`${owner.name} ${owner.version} (`);
  });

  test('has no script whose notices are unknown', () => {
    const known = readMetafiles(name).flatMap(({ outputs }) => Object.keys(outputs)).map((file) => file.replace(new RegExp(`^${name}/`), ''));
    const texts = sources.flatMap((source) => filesIn(join(ROOT, source)).map((file) => readFileSync(join(ROOT, source, file), 'utf8')));
    const unknown = filesIn(folder)
      .filter((file) => file.endsWith('.js') && !/^(lib\/|\.warnings)/.test(file) && !known.includes(file))
      .filter((file) => !texts.includes(readFileSync(join(folder, file), 'utf8')));
    expect(unknown).toEqual([]);
  });
});

test('the packages beside the construct bundle what they are known for', () => {
  const bundled = (name: string) => bundledFolders(readMetafiles(name)).map((folder) => readPackage(folder).name);
  expect(bundled('construct')).toEqual(expect.arrayContaining(['@aws-sdk/client-dynamodb', '@aws-lambda-powertools/logger', 'aws-jwt-verify', 'bowser', '@aws-sdk/xml-builder']));
  expect(bundled('local')).toEqual(expect.arrayContaining(['chokidar', 'dynalite', 'picomatch', 'sirv', 'ws', 'yauzl']));
  expect(bundled('client')).toEqual([]);
});

/** Each of the other packages is a thin layer around the npm package that it contains. */
function expectTarball(folder: string): void {
  const [inside, ...others] = filesIn(folder).filter((file) => file.endsWith('.tgz'));
  expect(others).toEqual([]);
  expect(readFileSync(join(folder, inside)).equals(readFileSync(tarball()))).toBe(true);
}

describe('the Python package', () => {
  const test = testWith('python');

  test('is at most 1,640 KB, holds the npm package, its licence and typed code, and no command', () => {
    const wheel = distFile('python', /\.whl$/);
    expect(kilobytes(wheel)).toBeLessThanOrEqual(1640);
    const folder = unpack(wheel, 'python3', '-m', 'zipfile', '-e', 'FILE', '.');
    expectTarball(folder);
    expectNothingUnwanted(folder);
    const kinds = filesIn(folder).map((file) => file.replace(/^cdk_broadcast_websocket_api-[\d.]+\.dist-info/, 'info').replace(/@.*/, '')).sort();
    expect(kinds).toEqual([
      'cdk_broadcast_websocket_api/__init__.py', 'cdk_broadcast_websocket_api/_jsii/__init__.py', 'cdk_broadcast_websocket_api/_jsii/cdk-broadcast-websocket-api',
      'cdk_broadcast_websocket_api/py.typed', 'info/LICENSE', 'info/METADATA', 'info/RECORD', 'info/WHEEL', 'info/top_level.txt',
    ]);
  });

  test('has the same in its source distribution', () => {
    const folder = unpack(distFile('python', /\.tar\.gz$/), 'tar', '-xzf', 'FILE', '--strip-components=1');
    expectTarball(folder);
    expectNothingUnwanted(folder);
    expect(filesIn(folder)).toContain('LICENSE');
  });
});

describe('the Java package', () => {
  const test = testWith('java');

  test('is at most 1,660 KB, and holds the npm package and classes of one Java package', () => {
    const jar = distFile('java', /\d\.jar$/);
    expect(kilobytes(jar)).toBeLessThanOrEqual(1660);
    const folder = unpack(jar, 'jar', 'xf', 'FILE');
    expectTarball(folder);
    expectNothingUnwanted(folder);
    expect(filesIn(folder).filter((file) => !/^META-INF\/|^io\/github\/cdkbroadcastwebsocketapi\/(.+\.class|\$Module\.txt|cdk-broadcast-websocket-api@[^/]*\.tgz)$/.test(file))).toEqual([]);
  });

  test('comes with what Maven Central asks for: licence, developers, sources and documentation', () => {
    const pom = readFileSync(distFile('java', /\.pom$/), 'utf8');
    for (const tag of ['name', 'description', 'url', 'licenses', 'developers', 'scm']) expect(pom).toContain(`<${tag}>`);
    expect(unwanted(pom)).toEqual([]);
    for (const suffix of [/-sources\.jar$/, /-javadoc\.jar$/]) expect(kilobytes(distFile('java', suffix))).toBeGreaterThan(0);
  });
});

describe('the Go module', () => {
  test('holds the npm package, its licence and Go code', () => {
    const folder = join(DIST, 'go', 'cdkbroadcastwebsocketapi');
    expectTarball(folder);
    expectNothingUnwanted(folder);
    expect(filesIn(folder)).toEqual(expect.arrayContaining(['LICENSE', 'go.mod', 'main.go', 'version']));
    expect(filesIn(folder).filter((file) => !/\.go$|\.tgz$|^(LICENSE|README\.md|go\.mod|version)$/.test(file))).toEqual([]);
  });
});

describe('the sources of the .NET package', () => {
  const folder = (): string => join(DIST, 'dotnet', 'CdkBroadcastWebsocketApi');
  const code = (): string => filesIn(folder()).filter((file) => file.endsWith('.cs')).map((file) => readFileSync(join(folder(), file), 'utf8')).join('\n');

  test('hold the npm package, its licence and C# code', () => {
    expectTarball(folder());
    expectNothingUnwanted(folder());
    expect(filesIn(folder())).toContain('LICENSE');
    expect(filesIn(folder()).filter((file) => !/\.(cs|csproj|tgz)$|^LICENSE$/.test(file))).toEqual([]);
  });

  test.each(['Program.cs', 'start/Program.cs'])('have each of our names that examples/csharp/%s uses, as it uses it', (file) => {
    const generated = code();
    const example = readFileSync(join(ROOT, 'examples', 'csharp', file), 'utf8');
    const props = /new BroadcastWebSocketApiProps\s*\{([^]*?)\n?\}/.exec(example)![1];
    const names = {
      properties: [...props.matchAll(/(?:^ {4}|^ )(\w+) = /gm), ...example.matchAll(/new QueuedFanOutOptions \{ (\w+) = /g)].map(([, name]) => name),
      methods: [...example.matchAll(/\bchat\.(\w+)\(/g), ...example.matchAll(/\bFanOut\.(\w+)\(/g)].map(([, name]) => name),
      getters: [...example.matchAll(/\bchat\.(\w+)\b(?!\()/g), ...example.matchAll(/\bMessageFormat\.(\w+)/g)].map(([, name]) => name),
    };
    expect(names.properties.length * names.getters.length).toBeGreaterThan(0);
    for (const name of names.properties) expect(generated).toMatch(new RegExp(`public .* ${name}\\s*\\{\\s*get;\\s*set;`));
    for (const name of names.methods) expect(generated).toMatch(new RegExp(`public (static |virtual )?.* ${name}\\(`));
    for (const name of names.getters) expect(generated).toMatch(new RegExp(`public (static |virtual )?.* ${name}\\s*\\{\\s*get`));
  });
});
