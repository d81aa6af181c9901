import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScriptTarget, transpileModule } from 'typescript';
import { parseDocument } from 'yaml';
import { anchorsOf, at, blocksOf, documentedCommands, PAGES, proseOf, read } from './pages';
import * as client from '../../client/src/broadcast-client';
import { assemble, PAGES_WITH_PARTS, PARTS } from '../../docs/parts';
import { ROOT } from '../../harness/root';
import { scratchFolder } from '../../harness/scratch';
import { HELP } from '../../local/cli/options';

/* The statements of the README and of docs/: code compiles, commands exist, links lead somewhere, names are the API's. */

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const tasks = (JSON.parse(readFileSync(join(ROOT, '.projen/tasks.json'), 'utf8')) as { tasks: Record<string, unknown> }).tasks;
const blocks = PAGES.flatMap(blocksOf);

test('each block says what it is, and is of a kind that is checked', () => {
  const kinds = ['ts', 'js', 'json', 'sh', 'console', 'python', 'java', 'go', 'csharp', 'sql', 'yaml', 'text', 'indented'];
  expect(blocks.filter(({ language }) => !kinds.includes(language)).map((block) => `${at(block)}: '${block.language}'`)).toEqual([]);
});

test('TypeScript compiles, against the construct as it is', () => {
  const sources = blocks.filter(({ language }) => language === 'ts');
  const scratch = scratchFolder();
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(scratch.path, 'node_modules'));
    sources.forEach(({ code }, index) => writeFileSync(join(scratch.path, `${index}.ts`), `${code}\nexport {};`));
    const complaints = compile(scratch.path, sources.map((_block, index) => `${index}.ts`)).map((line) => {
      const [, index, row, text] = /^(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      return index === undefined ? line : `${sources[Number(index)].page}:${sources[Number(index)].line + Number(row)}: ${text}`;
    });
    expect(complaints).toEqual([]);
  } finally {
    scratch.remove();
  }
}, 120_000);

/** Returns the compiler's errors. It runs in its own process: in a worker of Jest its heap would outlive the tests. */
function compile(folder: string, files: readonly string[]): string[] {
  const compilerOptions = {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    ignoreDeprecations: '6.0',
    lib: ['es2023', 'dom'],
    types: ['node', 'jest'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    esModuleInterop: true,
    paths: { 'cdk-broadcast-websocket-api': [join(ROOT, 'src/index.ts')], 'broadcast-local': [join(ROOT, 'local/index.ts')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [...files, join(ROOT, 'local/tables/dynalite.d.ts')] }));
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: folder, encoding: 'utf8' });
  const said = (stdout + stderr).split('\n').filter((line) => line !== '');
  return status === 0 || said.length > 0 ? said : [`the compiler ended with ${status}`];
}

test('JavaScript parses, and imports of the client what it has', () => {
  const exported = Object.keys(client);
  for (const block of blocks.filter(({ language }) => language === 'js')) {
    const compilerOptions = { allowJs: true, target: ScriptTarget.ES2022 };
    const { diagnostics } = transpileModule(block.code, { reportDiagnostics: true, fileName: 'block.js', compilerOptions });
    expect([at(block), diagnostics]).toEqual([at(block), []]);
    for (const [, names] of block.code.matchAll(/import \{([^}]+)\} from 'broadcast-websocket-client'/g)) {
      for (const name of names.split(',')) expect([at(block), exported]).toEqual([at(block), expect.arrayContaining([name.trim()])]);
    }
  }
});

test('YAML parses', () => {
  const found = blocks.filter(({ language }) => language === 'yaml');
  expect(found.length).toBeGreaterThan(0);
  for (const block of found) expect([at(block), parseDocument(block.code).errors]).toEqual([at(block), []]);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

(hasPython ? test : test.skip)(`Python parses${hasPython ? '' : ' (there is no python3)'}`, () => {
  const found = blocks.filter(({ language }) => language === 'python');
  expect(found.length).toBeGreaterThan(2);
  for (const block of found) {
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: block.code, encoding: 'utf8' });
    expect([at(block), status, stderr]).toEqual([at(block), 0, '']);
  }
});

test('JSON parses', () => {
  for (const block of blocks.filter(({ language }) => language === 'json')) {
    expect(() => JSON.parse(block.code) as unknown).not.toThrow();
  }
});

describe('each command exists', () => {
  const flags = new Set([...HELP.matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
  /** Commands of other tools, which the reader's machine may have. */
  const foreign = /^(cd|mkdir|git|curl|wscat|aws|docker|pip|python3?|source|go|mvn|dotnet|node|export|cp|tar) /;
  const npxForeign = ['aws-cdk', 'cdk', 'wscat', 'jest', 'ts-node', 'patch-package'];

  test.each(documentedCommands().map(({ where, command }) => [where, command]))('%s: %s', (_, command) => {
    const words = command.split(' ').filter((word) => !/^[A-Z_]+=/.test(word));
    const [program, second] = words;
    if (program === 'npm') {
      expect(['ci', 'install', 'init', 'test', 'pack', 'run']).toContain(second);
      if (second === 'run') expect(Object.keys(packageJson.scripts)).toContain(words[2]);
      if (second === 'run' && words[2] === 'bench' && words[4]) expect(words[4]).toMatch(/^(\w+|--\w+|<.+>)$/);
    } else if (program === 'npx' && second === 'projen') {
      if (words[2]) expect(Object.keys(tasks)).toContain(words[2]);
    } else if (/\bbroadcast-local\b/.test(command)) {
      for (const word of words.filter((each) => each.startsWith('--'))) expect([...flags]).toContain(word.replace(/=.*|]$/g, ''));
    } else if (program === 'npx') {
      expect(npxForeign).toContain(words.slice(1).find((word) => !word.startsWith('-'))!.replace(/@.*/, ''));
      for (const file of words.filter((word) => /\.tsx?$/.test(word) && word.includes('/'))) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
    } else {
      expect(command).toMatch(foreign);
    }
  });
});

describe('each link leads somewhere', () => {
  const links = PAGES.flatMap((page) => [...proseOf(page).matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"|srcset="([^"]+)"/g)]
    .map((match) => [page, match[1] ?? match[2] ?? match[3]] as const))
    .filter(([, target]) => !/^(https?|mailto):/.test(target));

  test.each(links)('%s: %s', (page, target) => {
    const [path, anchor] = target.split('#');
    const file = path ? join(dirname(page), path) : page;
    expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
    if (anchor && file.endsWith('.md') && file !== 'API.md') expect([...anchorsOf(file)]).toContain(anchor);
  });
});

test('pages and pictures are said to be where they are', () => {
  const mentioned = PAGES.flatMap((page) => [...proseOf(page).matchAll(/(?<![\w/.-])((?:docs|examples|bench|test|src|lambda-src|local|client)\/[\w./-]*\w)/g)]
    .map(([, path]) => ({ page, path: path.replace(/\.$/, '') })));
  const exists = (path: string) => [path, `${path}.test.ts`].some((name) => existsSync(join(ROOT, name)));
  expect(mentioned.filter(({ path }) => !exists(path)).map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
});

test('CONTRIBUTING names files that there are', () => {
  const files = ['src', 'lambda-src', 'local', 'docs', 'test'].flatMap((dir) => readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' }).map((file) => `${dir}/${file}`));
  const named = [...proseOf('CONTRIBUTING.md').matchAll(/`(?:[\w*-]+\/)*([\w.-]+\.ts)`/g)].map(([text]) => text.slice(1, -1)).filter((name) => !/\*|^\.projenrc/.test(name));
  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)) && !existsSync(join(ROOT, name)))).toEqual([]);
});

interface Jsii {
  readonly types: Record<string, {
    readonly name: string;
    readonly interfaces?: string[];
    readonly properties?: { readonly name: string }[];
    readonly methods?: { readonly name: string; readonly parameters?: { readonly name: string }[] }[];
  }>;
}

describe('the names of the API', () => {
  const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as Jsii;
  const all = Object.values(types);
  const names = new Set(all.flatMap(({ name, properties = [], methods = [] }) => [{ name }, ...properties, ...methods].map((each) => each.name)));

  function propertiesOf(fqn: string): string[] {
    const { properties = [], interfaces = [] } = types[fqn];
    return [...properties.map(({ name }) => name), ...interfaces.flatMap(propertiesOf)];
  }

  test('the README\'s table of properties has each one, and no other', () => {
    const section = /^## Properties\n([^]*?)^## /m.exec(proseOf('README.md'))![1];
    const listed = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name))
      .filter((name) => /^[a-z]/.test(name));
    expect(listed.sort()).toEqual(propertiesOf('cdk-broadcast-websocket-api.BroadcastWebSocketApiProps').sort());
  });

  test('a call in the README is a method', () => {
    const calls = [...proseOf('README.md').matchAll(/`(?:[A-Z]\w+\.)?([a-z]\w+)\([^`]*\)`/g)].map(([, name]) => name);
    expect(calls.filter((name) => !names.has(name))).toEqual([]);
  });
});

test('no block is empty', () => {
  expect(blocks.filter(({ code }) => code.trim() === '').map(at)).toEqual([]);
});

test('the parts of pages that are made from something else are what their sources come to', () => {
  const texts = PAGES_WITH_PARTS.map(read);
  expect(Object.keys(PARTS).filter((name) => texts.filter((text) => text.includes(`<!-- begin ${name} -->`)).length !== 1)).toEqual([]);
  for (const page of PAGES_WITH_PARTS) expect([page, assemble(read(page))]).toEqual([page, read(page)]);
});

describe('the README', () => {
  test('has at most 320 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(320);
  });

  test('begins with the two commands, each on a line of its own', () => {
    const indented = blocksOf('README.md').filter(({ language }) => language === 'indented');
    expect(indented.slice(0, 2).map(({ code }) => code)).toEqual(['npm ci && npm run chat', 'npm ci && npm test']);
    expect(indented[1].line).toBeLessThan(30);
  });

  test('starts with the app of Getting started', () => {
    const [[app], [start]] = ['README.md', 'docs/getting-started.md'].map((page) => blocksOf(page).filter(({ language }) => language === 'ts'));
    expect(start.code).toBe(app.code);
  });

  test('leads to each page in one click, by itself or by the index', () => {
    const linksOf = (page: string) => [...proseOf(page).matchAll(/\]\(([^)\s#]+)/g)].map(([, target]) => join(dirname(page), target));
    const direct = new Set(linksOf('README.md'));
    expect([...direct]).toContain('docs/README.md');
    const indexed = new Set(linksOf('docs/README.md'));
    const pages = PAGES.filter((page) => page !== 'README.md' && page !== 'docs/README.md');
    expect(pages.filter((page) => !indexed.has(page) && !direct.has(page))).toEqual([]);
    const readers = pages.filter((page) => !/^docs\/adr\/|^docs\/(local-fidelity|bench-|client|scale|how)/.test(page));
    expect(readers.filter((page) => !direct.has(page))).toEqual([]);
  });
});
