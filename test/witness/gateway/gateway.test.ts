import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templateFor } from './app';
import { MINISTACK_DIFFERENCES as DIFFERENCES } from './differences';
import { startMiniStackGateway, type MiniStackGateway } from './ministack-gateway';
import type { Observation } from './normalise';
import { SITUATIONS, type Situation } from './situations';
import { Recorder, Subject, type Address, type ApiName } from './subject';
import { startLocal, type Local } from '../../../local';
import { miniStackTools, type Tools } from '../ministack/ministack';
import { describeWith } from '../support/availability';

/*
 * The same clients and backends at the same small app, in the runner and in MiniStack. The events of the functions, the frames, and the status
 * codes of handshakes and of @connections must agree, except for those in differences.ts. Alone: npx jest test/witness/gateway
 */
jest.setTimeout(120_000);

/** A fact that one of them does not have. */
const ABSENT = 'absent';

describeWith(miniStackTools(), 'MiniStack and the runner', (tools: () => Tools) => {
  const seen = new Set<number>();
  let folder: string;
  let miniStack: MiniStackGateway;
  let local: Local;
  let recorders: Recorder[];
  let runner: Subject;
  let other: Subject;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    recorders = [await Recorder.start(), await Recorder.start()];
    const [ours, theirs] = recorders;
    [local, miniStack] = await Promise.all([
      startLocal({ assembly: writeAssembly(folder, templateFor(ours.url)), log: () => undefined }),
      startMiniStackGateway(tools().python, templateFor(theirs.url)),
    ]);
    runner = new Subject({ Api: addressOf(local, 'Api'), Bare: addressOf(local, 'Bare'), Guarded: addressOf(local, 'Guarded') }, ours);
    other = new Subject(miniStack.addresses, theirs);
  });

  afterEach(() => {
    for (const subject of [runner, other]) subject.closeClients();
  });

  afterAll(async () => {
    await local?.stop();
    await miniStack?.stop();
    await Promise.all((recorders ?? []).map((recorder) => recorder.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(SITUATIONS.map((situation): [string, Situation] => [situation.title, situation]))('%s', async (title, situation) => {
    const [ours, theirs] = await Promise.all([situation.run(runner), situation.run(other)]);
    const unlisted = factsOf(ours, theirs).flatMap(([fact, mine, its]) => {
      const index = DIFFERENCES.findIndex((difference) => difference.situations.test(title) && difference.facts.test(fact)
        && difference.runner.test(mine) && difference.other.test(its));
      seen.add(index);
      return index < 0 ? [`${fact}: ${mine} here, ${its} there`] : [];
    });
    expect(unlisted).toEqual([]);
  });

  test('differ in all that is listed', () => {
    expect(DIFFERENCES.filter((_difference, index) => !seen.has(index)).map(({ situations, facts }) => `${String(situations)} ${String(facts)}`)).toEqual([]);
  });
});

/** Returns the facts in which two observations differ. */
function factsOf(ours: Observation, theirs: Observation): [string, string, string][] {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    .map((fact): [string, string, string] => [fact, ours[fact] ?? ABSENT, theirs[fact] ?? ABSENT])
    .filter(([, mine, its]) => mine !== its);
}

function addressOf(local: Local, id: ApiName): Address {
  const { url, awsUrl } = local.apis.find(({ logicalId }) => logicalId === id)!;
  const { port, host } = new URL(url);
  return { port: Number(port), host, apiId: new URL(awsUrl).hostname.split('.')[0] };
}

/** Writes a cloud assembly with one stack. */
function writeAssembly(folder: string, template: object): string {
  writeFileSync(join(folder, 'Witness.template.json'), JSON.stringify(template));
  const properties = { templateFile: 'Witness.template.json' };
  const artifacts = { Witness: { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties } };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '53.0.0', artifacts }));
  return folder;
}
