/*
 * The parts of the README that are made from something else: `npm run readme`. Each stands between `<!-- begin NAME -->` and
 * `<!-- end NAME -->`; a test holds them to their sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publisher } from '../projenrc/publisher';

const ROOT = join(__dirname, '..');
const README = join(ROOT, 'README.md');

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const LANGUAGES: readonly { title: string; fence: string; install?: string; folder: string; source: string }[] = [
  { title: 'TypeScript', fence: 'ts', install: 'npm install cdk-broadcast-websocket-api', folder: 'typescript', source: 'app.ts' },
  { title: 'Python', fence: 'python', install: 'pip install cdk-broadcast-websocket-api', folder: 'python', source: 'app.py' },
  { title: 'Java', fence: 'java', folder: 'java', source: 'src/main/java/com/example/BroadcastApp.java' },
  { title: 'Go', fence: 'go', folder: 'go', source: 'main.go' },
  { title: 'C#', fence: 'csharp', folder: 'csharp', source: 'Program.cs' },
];

/** How each language installs the package. */
function installOf(title: string): string {
  if (title === 'Java') return `\`${publisher.mavenGroupId}:${publisher.mavenArtifactId}\`, as in [pom.xml](examples/java/pom.xml)`;
  if (title === 'Go') return `\`go get ${publisher.goModule}/cdkbroadcastwebsocketapi\``;
  return `\`dotnet add package ${publisher.nuGetNamespace}\``;
}

function languages(): string {
  const tabs = LANGUAGES.map(({ title, fence, install, folder, source }) => `<details>
<summary>${title}</summary>

${install ? `\`${install}\`` : installOf(title)}

\`\`\`${fence}
${read(join('examples', folder, source)).trim()}
\`\`\`

</details>`);
  return `The same app in each, with queues, a publisher and an alarm; a test installs each language's package and holds the templates equal, but for .NET where
it is not installed, as it was not where this was made: there, the package is its sources only, and the example's names are held to them.
\`npx broadcast-local\` serves each.

${tabs.join('\n\n')}`;
}

interface CostModel {
  broadcastCost(recipients: number, ratePerSecond?: number): Record<string, number>;
  monthlyCost(
    use: { connections: number; hoursADay: number; messagesAnHour: number; hasHistory?: boolean },
  ): { parts: Record<string, number>; total: number };
}

/** The arithmetic of the calculator, which is a script of its page. */
export function costModel(): CostModel {
  return new Function(`${read('docs/calculator/cost.js')}\nreturn { broadcastCost, monthlyCost };`)() as CostModel;
}

function cost(): string {
  const { monthlyCost } = costModel();
  const dollars = (value: number) => `$${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')}`;
  const uses = [
    { connections: 100, hoursADay: 8, messagesAnHour: 60 },
    { connections: 10_000, hoursADay: 8, messagesAnHour: 60 },
    { connections: 1_000_000, hoursADay: 8, messagesAnHour: 6 },
  ];
  const results = uses.map((use) => monthlyCost(use));
  const rows = Object.keys(results[0].parts).map((part) => `| ${part} | ${results.map(({ parts }) => dollars(parts[part])).join(' | ')} |`);
  const heads = uses.map(({ connections, hoursADay, messagesAnHour }) => `${connections.toLocaleString('en')} clients, ${hoursADay} h a day, ${messagesAnHour} messages an hour`);
  return `A month, by arithmetic with list prices of us-east-1: [cost.js](docs/calculator/cost.js) has both, and \`npm run readme\` writes this table from it;
not from a bill, and without logs and free tiers. [docs/scale.md](docs/scale.md) lists the prices; check them on AWS's pages of
[API Gateway](https://aws.amazon.com/api-gateway/pricing/), [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/),
[Lambda](https://aws.amazon.com/lambda/pricing/) and [SQS](https://aws.amazon.com/sqs/pricing/). For other numbers open
[the calculator](docs/calculator/index.html) in a browser.

| | ${heads.join(' | ')} |
|---|---|---|---|
${rows.join('\n')}
| **together** | ${results.map(({ total }) => `**${dollars(total)}**`).join(' | ')} |

Open connections and deliveries are what costs; a message to a million clients is a million messages, about a dollar.`;
}

/** In how many situations ours and the naive broadcaster are right, and where the latter is not. */
function conformance(): string {
  const page = read('bench/naive/conformance.md');
  const [, ours, naive, all] = /Right in (\d+) and (\d+) of (\d+) situations/.exec(page)!;
  const told = ['the table has three pages', 'one connection is gone, at position 1 of 6', 'one connection of a thousand is gone',
    'one client of a hundred never takes anything', 'a connection was stored so lately that only a consistent read sees it',
    'a storm of 429: all are throttled for ever; the retries do not add to it, and the sender learns of it', 'ten broadcasts at once to a thousand connections keep to one rate'];
  const rows = told.map((situation) => page.split('\n').find((line) => line.startsWith(`| ${situation} |`)) ?? missing(situation));
  return `The same ${all} situations are put to the shipped handler and to a naive broadcaster as tutorials have it (scan, \`Promise.all\`, one command each):
ours does right in ${ours}, the naive one in ${naive}. Repeat it with \`npx ts-node -T -P tsconfig.dev.json bench/naive/compare.ts\`. Some of
[the whole table](bench/naive/conformance.md):

| situation | this project | a naive broadcaster |
|---|---|---|
${rows.join('\n')}`;
}

function missing(what: string): never {
  throw new Error(`bench/naive/conformance.md has no situation '${what}'`);
}

/** The table of docs/security.md, without what shows each line: that is where the tests are named. */
function security(): string {
  const [, table] = /<!-- security:begin -->\n([^]*?)\n<!-- security:end -->/.exec(read('docs/security.md'))!;
  const columns = table.split('\n').map((row) => row.split(' | ').slice(0, 4).join(' | ').replace(/( \|)*$/, ' |'));
  return columns.join('\n');
}

/** The figures that the project has set itself, and what the run of docs/bench.md came to. */
function bench(): string {
  const page = read('docs/bench.md');
  const [, on] = /^On (\d{4}-\d\d-\d\d), with/m.exec(page)!;
  const [, table] = /^## Figures to reach\n\n((?:\|.*\n)+)/m.exec(page)!;
  const ofLocal = table.includes('| local: ') ? ', those of the local runner apart' : '';
  return `What the project has set itself, and what one run came to on ${on}: ratios within that run, or shares of the pace${ofLocal}. Repeat it with
\`npm run bench\`; [docs/bench.md](docs/bench.md) has all of it, and [a decision record](docs/adr/006-what-the-bench-shows.md) what stops the aims
that are missed.

${table.trim()}`;
}

export const PARTS: Readonly<Record<string, () => string>> = {
  languages,
  cost,
  conformance,
  security,
  bench,
};

/** The README with its parts as their sources have them. */
export function assemble(readme: string): string {
  return readme.replace(/<!-- begin (\w+) -->\n[^]*?<!-- end \1 -->/g, (_, name: string) => {
    const part = PARTS[name];
    if (!part) throw new Error(`nothing makes the part '${name}' of the README`);
    return `<!-- begin ${name} -->\n\n${part()}\n\n<!-- end ${name} -->`;
  });
}

if (require.main === module) writeFileSync(README, assemble(readFileSync(README, 'utf8')));
