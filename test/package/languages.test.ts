import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, installApp, installTypeScriptApp, ROOT, synthesize } from './support/apps';
import { CDK_CLI, synthesizeStrictly } from './support/cdk-cli';
import { testWith, testWithPackages } from './support/tools';
import { Client } from '../../harness/client';

/*
 * The package of each language, installed from dist/ into the examples of that language. The apps synthesise the same as the TypeScript apps,
 * down to the hashes of the functions' code, and the local runner serves the larger one. Needs `npx projen package:available` first, as in
 * `npm test`. The first run downloads each language's aws-cdk-lib.
 */

jest.setTimeout(600_000);

interface Synthesised {
  readonly template: unknown;
  readonly hashes: string[];
}

const scratch = mkdtempSync(join(tmpdir(), 'language-apps-'));
const testWithCli = testWithPackages(CDK_CLI);
const isCliServed = testWithCli === test;
let reference: Synthesised;
let startReference: Synthesised;

beforeAll(async () => {
  const [whole, start] = await Promise.all([
    synthesize(installTypeScriptApp(join(scratch, 'typescript'), 'aws-cdk-lib')),
    synthesize(installTypeScriptApp(join(scratch, 'typescript-start'), 'aws-cdk-lib', 'start.ts')),
  ]);
  [reference, startReference] = [read(whole), read(start, 'Chat')];
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function read(assembly: string, stack = 'Broadcast'): Synthesised {
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8')) as unknown;
  const { files } = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), 'utf8')) as { files: Record<string, unknown> };
  return { template, hashes: Object.keys(files).sort() };
}

/** Prints progress past Jest, which prints only at the end of a file. */
function progress(step: string): void {
  process.stderr.write(`    ${step}\n`);
}

test('the template has what the app asks for', () => {
  const text = JSON.stringify(reference.template);
  expect(text).toContain('"MESSAGE_FORMAT":"ENVELOPE"');
  expect(text).toContain('"CONNECTION_TTL_SECONDS":"14400"');
  expect(text).toContain('"MaximumConcurrency":4');
  expect(text).toContain('AWS::CloudWatch::Alarm');
  expect(text).toContain('\\"pattern\\":\\"room:*\\"');
  expect(reference.hashes.length).toBeGreaterThanOrEqual(4); // Three functions and the template itself.
});

test('the newest aws-cdk-lib makes the same template as the lowest', async () => {
  expect(read(await synthesize(installTypeScriptApp(join(scratch, 'newest'), 'aws-cdk-lib-newest')))).toEqual(reference);
});

testWithCli('`cdk synth --strict` has no warning of the TypeScript example', async () => {
  await synthesizeStrictly(join(scratch, 'typescript'), join(scratch, 'typescript-strict'));
});

describe.each([
  ['python', 'python', 'python3 start.py'],
  ['java', 'java', 'mvn --quiet --batch-mode compile exec:java -Dexec.mainClass=com.example.Start'],
  ['go', 'go', 'go run ./start'],
  ['dotnet', 'csharp', 'dotnet run --project start'],
])('%s', (language, example, startCommand) => {
  const testHere = testWith(language, 'to run an app');
  let app: App;
  let assembly: string;

  testHere(`the example synthesises the same template and assets as TypeScript${isCliServed ? ', without a warning' : ''}`, async () => {
    progress(`${language}: installing`);
    app = await installApp(language, example, join(scratch, language));
    progress(`${language}: synthesising`);
    assembly = isCliServed ? await synthesizeStrictly(app.folder, join(scratch, `${language}-strict`), app.env) : await synthesize(app);
    expect(read(assembly)).toEqual(reference);
  });

  if (!isCliServed) testWithCli('`cdk synth --strict` has no warning of the example', () => undefined);

  testHere('the small app of the README does so, too', async () => {
    progress(`${language}: synthesising the small app`);
    expect(read(await synthesize(app, join(scratch, `${language}-start`), startCommand), 'Chat')).toEqual(startReference);
  });

  testHere('the local runner serves its cloud assembly', async () => {
    const { startLocal } = jest.requireActual<typeof import('../../local')>(join(ROOT, 'local', 'dist'));
    const local = await startLocal({ assembly });
    try {
      const [ann, bob, eve] = await Promise.all([Client.open(local.url), Client.open(`${local.url}?channel=room:1`), Client.open(local.url)]);
      const answer = async (client: Client, text: string) => JSON.parse(await client.frame((frame) => frame.includes(text))) as unknown;
      ann.send('hello');
      expect(await answer(bob, 'hello')).toMatchObject({ type: 'message', message: 'hello' });
      // A client's frame from docs/channels.md.
      ann.send('{"action":"subscribe","ref":"1","channel":"room:1"}');
      expect(await answer(ann, '"ref":"1"')).toEqual({ type: 'subscribed', ref: '1', channel: 'room:1' });
      ann.send('{"action":"publish","ref":"3","channel":"room:1","message":"psst"}');
      for (const member of [ann, bob]) expect(await answer(member, 'psst')).toMatchObject({ type: 'message', message: 'psst', channel: 'room:1' });
      eve.send('to all');
      await eve.frame((frame) => frame.includes('to all'));
      expect(eve.frames.join()).not.toContain('psst');
      await Promise.all([ann, bob, eve].map((client) => client.close()));
    } finally {
      await local.stop();
    }
  });
});
