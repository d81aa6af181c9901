/*
 * Parts of pages that are made from something else: `npm run readme`. Each stands between `<!-- begin NAME -->` and
 * `<!-- end NAME -->`. A test holds them to their sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES, type LanguageOfPages } from './languages';
import { batchChartText } from './pictures/batch-chart';

const ROOT = join(__dirname, '..');

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const program = (language: LanguageOfPages) => read(join('examples', language.folder, language.start)).trim();

/** The TypeScript app of the README. */
function start(): string {
  return `\`\`\`ts\n${program(LANGUAGES[0])}\n\`\`\``;
}

/** The lines of a program that use this package: what it imports, and the statement that creates the API. */
function essence(language: LanguageOfPages): string {
  const lines = program(language).split('\n');
  const imports = lines.filter((line) => language.importsUs.test(line)).map((line) => language.importPrefix + line.trim());
  const first = lines.findIndex((line) => /\bchat\b.*BroadcastWebSocketApi/.test(line));
  const indent = /^\s*/.exec(lines[first])![0];
  const statement: string[] = [];
  for (let row = first, open = 0; row === first || open > 0; row++) {
    statement.push(lines[row].slice(indent.length));
    open += count(lines[row], /[([{]/g) - count(lines[row], /[)\]}]/g);
  }
  return [...imports, '', ...statement].join('\n');
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Installation and the essential lines in each other language. */
function languages(): string {
  const tabs = LANGUAGES.slice(1).map((language) => `<details>
<summary><b>${language.title}</b>: <code>${language.install}</code></summary>

\`\`\`${language.fence}
${essence(language)}
\`\`\`

</details>`);
  return `${tabs.join('\n')}\n\n[Languages](docs/languages.md) has the whole app in each language, and a larger one. \`npx broadcast-local\` serves them all.`;
}

/** Both apps in each language. */
function apps(): string {
  return LANGUAGES.map((language) => `## ${language.title}

${language.setUp}

\`\`\`${language.fence}
${program(language)}
\`\`\`

<details>
<summary>A larger app, with queues, channels, a publisher and an alarm</summary>

\`\`\`${language.fence}
${read(join('examples', language.folder, language.source)).trim()}
\`\`\`

</details>`).join('\n\n');
}

interface BatchUse {
  readonly batchSize: number;
  readonly windowSeconds: number;
}

interface Use {
  readonly connections: number;
  readonly hoursADay: number;
  readonly messagesAnHour: number;
  readonly hasHistory?: boolean;
  readonly batches?: BatchUse;
}

interface CostModel {
  broadcastCost(recipients: number, ratePerSecond?: number, bytes?: number): Record<string, number>;
  messagesPerFrame(use: BatchUse & { readonly messagesPerSecond: number; readonly recipients: number; readonly ratePerSecond?: number }): number;
  monthlyCost(use: Use): { parts: Record<string, number>; perFrame: number; total: number };
}

/** The arithmetic of the calculator, which is a script of its page. */
export function costModel(): CostModel {
  return new Function(`${read('docs/calculator/cost.js')}\nreturn { broadcastCost, messagesPerFrame, monthlyCost };`)() as CostModel;
}

const USES = [
  { connections: 100, hoursADay: 8, messagesAnHour: 60 },
  { connections: 10_000, hoursADay: 8, messagesAnHour: 60 },
  { connections: 1_000_000, hoursADay: 8, messagesAnHour: 6 },
];

const dollars = (value: number) => `$${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')}`;

function cost(): string {
  const { monthlyCost } = costModel();
  const rows = USES.map((use) => `| ${use.connections.toLocaleString('en')} | ${use.messagesAnHour} | ${dollars(monthlyCost(use).total)} |`);
  return `| clients, connected ${USES[0].hoursADay} hours a day | messages an hour, each to all clients | a month |
|---|---|---|
${rows.join('\n')}

This is arithmetic with list prices of us-east-1 from November 2026, without logs and free tiers. It is not a bill. Open connections,
their heartbeats and deliveries make up the cost: a message to a million clients costs about a dollar. An idle API costs nothing, except what it stores.
[Cost](docs/cost.md) has the parts, the prices with their sources, and a calculator.`;
}

/** The parts of a month's cost. */
function monthly(): string {
  const { monthlyCost } = costModel();
  const results = USES.map((use) => monthlyCost(use));
  const rows = Object.keys(results[0].parts).map((part) => `| ${part} | ${results.map(({ parts }) => dollars(parts[part])).join(' | ')} |`);
  const heads = USES.map(({ connections, hoursADay, messagesAnHour }) => `${connections.toLocaleString('en')} clients, ${hoursADay} h a day, ${messagesAnHour} messages an hour`);
  return `| | ${heads.join(' | ')} |
|---|---|---|---|
${rows.join('\n')}
| **together** | ${results.map(({ total }) => `**${dollars(total)}**`).join(' | ')} |`;
}

const BUSY = { connections: 1_000, hoursADay: 8 };
const BATCHES: ReadonlyArray<readonly [string, BatchUse | undefined]> = [
  ['a frame each', undefined],
  ['batches, the default', { batchSize: 10, windowSeconds: 0 }],
  ['batches of 1,000, window of 1 s', { batchSize: 1_000, windowSeconds: 1 }],
];

/** A month with batches and without, by the messages of an hour. */
function batches(): string {
  const { monthlyCost } = costModel();
  const rows = [360, 3_600, 36_000, 360_000].map((messagesAnHour) => {
    const costs = BATCHES.map(([, use]) => dollars(monthlyCost({ ...BUSY, messagesAnHour, batches: use }).total));
    return `| ${messagesAnHour.toLocaleString('en')} | ${Number((messagesAnHour / 3_600).toPrecision(2))} | ${costs.join(' | ')} |`;
  });
  return `| messages an hour | a second | ${BATCHES.map(([name]) => name).join(' | ')} |
|---|---|---|---|---|
${rows.join('\n')}`;
}

/** Longer than this, messages wait for those before them. */
const BEHIND_MILLIS = 5_000;
const SETTINGS = ['a frame each', 'frames of 10, no window', 'frames of 1,000, window 1 s'];
const LOADS = [[100, 1], [100, 10], [100, 100], [100, 1_000], [1_000, 1], [1_000, 10], [1_000, 100]] as const;

const seconds = (millis: string) => `${(Number(millis) / 1_000).toFixed(2)} s`;

/** Latency and cost of batches by their setting, out of the rows that the bench has written. */
function windows(): string {
  const cells = read('docs/bench-batches.md').split('\n').filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  const cellOf = (...load: readonly [number, number, string]) => {
    const row = cells.find((each) => each.slice(0, 3).join() === load.join()) ?? missing('docs/bench-batches.md', load.join());
    const [, , , , , p50, p99, share, price] = row;
    if (share !== '100 %' || Number(p99) > BEHIND_MILLIS) return 'falls behind';
    return `${seconds(p50)}, ${seconds(p99)}, $${Number(price).toFixed(2)}`;
  };
  const rows = LOADS.map(([recipients, arrivals]) => [
    recipients.toLocaleString('en'), arrivals.toLocaleString('en'), ...SETTINGS.map((setting) => cellOf(recipients, arrivals, setting)),
  ]);
  const measured = (beginning: string, column: number) => {
    const found = cells.filter((row) => row[0].startsWith(beginning)).map((row) => Number(row[column]));
    return found.length > 0 ? Math.max(...found) : missing('docs/bench-batches.md', beginning);
  };
  if (measured('over TLS: deliveries that were lost', 3) !== 0) throw new Error('the page on batches says that none was lost, and docs/bench-batches.md that some were');
  const times = (against: string) => Math.round(measured(`over TLS: messages delivered per second in shared frames, against ${against}`, 3));
  const perSecond = Number(measured(SETTINGS[2], 2).toPrecision(2)).toLocaleString('en');
  return `| connections | messages a second | a frame each | up to 10, no window | up to 1,000, window of 1 s |
|---|---|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

These figures come from a virtual clock that runs the shipped code. The [report](bench-batches.md) has all of them, and what was measured in a shorter run over TLS, on one
machine: about ${perSecond} messages a second reached 1,000 connections, none lost and none twice. Those are ${times('a frame each')} times as many as with a frame each, and
${times('one environment of the naive handler')} times as many as one environment of a tutorial's handler delivers.`;
}

/** Number of situations that each broadcaster handles right. */
function verdict(): { ours: string; naive: string; all: string } {
  const [, ours, naive, all] = /Right in (\d+) and (\d+) of (\d+) situations/.exec(read('bench/naive/conformance.md'))!;
  return { ours, naive, all };
}

function conformance(): string {
  const page = read('bench/naive/conformance.md');
  const { ours, naive, all } = verdict();
  const told = ['the table has three pages', 'one connection is gone, at position 1 of 6', 'one connection of a thousand is gone',
    'one client of a hundred accepts no message at all', 'a connection was stored so recently that only a consistent read sees it',
    'a storm of 429: all are throttled for ever; the retries do not add to it, and the sender gets an error', 'ten broadcasts at once to a thousand connections share one rate'];
  const rows = told.map((situation) => page.split('\n').find((line) => line.startsWith(`| ${situation} |`)) ?? missing('bench/naive/conformance.md', situation));
  return `A test runs the shipped handler, and handlers as tutorials write them (one scan, \`Promise.all\`, one SDK command for each connection), in ${all} situations.
The shipped handler gets ${ours} of them right, the tutorial's ${naive}. Here are some; [this list](../bench/naive/conformance.md) has them all:

| situation | this construct | a tutorial's handlers |
|---|---|---|
${rows.join('\n')}`;
}

function missing(page: string, what: string): never {
  throw new Error(`${page} has no row '${what}'`);
}

/** The cells of the row of docs/bench.md that begins with that text. */
function benchRow(beginning: string): string[] {
  const row = read('docs/bench.md').split('\n').find((line) => line.startsWith(`| ${beginning} |`)) ?? missing('docs/bench.md', beginning);
  return row.split('|').slice(1, -1).map((cell) => cell.trim());
}

/** A few figures that show what a user gains. */
function numbers(): string {
  const { ours, naive, all } = verdict();
  const [, on, processors] = /^On (\d{4}-\d\d-\d\d), with .*, (\d+) processors/m.exec(read('docs/bench.md'))!;
  const large = (subject: string) => benchRow(`100000, ${subject}`);
  const [usual, mine] = ['naive', 'ours'].map((subject) => ({ cpu: benchRow(`10000, ${subject}`)[2], reached: large(subject)[1], peak: large(subject)[5] }));
  const thousands = (text: string) => Number(text).toLocaleString('en');
  return `| | this construct | a tutorial's handlers |
|---|---|---|
| [situations](bench/naive/conformance.md) of our choice handled right, of ${all} | ${ours} | ${naive} |
| CPU for each delivery, to 10,000 connections | ${mine.cpu} µs | ${usual.cpu} µs |
| connections reached, of 100,000 | ${thousands(mine.reached)} | ${thousands(usual.reached)} |
| peak memory of that broadcast | ${mine.peak} MB | ${usual.peak} MB |

![${batchChartText(read('docs/bench-batches.md'))}](docs/pictures/batches.svg)

The chart is calculated on a virtual clock with the shipped code, for messages of 200 bytes: with [batches](docs/batches.md) they share frames. The table is from
one run on ${processors} processors, on ${on}: trust the ratios, not the times. Repeat it with \`npm run bench\`. [All measurements](docs/bench.md) include delivery
rates, fan-out, synthesis and the local runner; [history](docs/bench-history.md), [batches](docs/bench-batches.md) and
[channels](docs/bench-channels.md) have their own.`;
}

export const PARTS: Readonly<Record<string, () => string>> = { start, languages, apps, cost, monthly, batches, windows, conformance, numbers };

/** The pages that have such parts. */
export const PAGES_WITH_PARTS = ['README.md', 'docs/languages.md', 'docs/cost.md', 'docs/batches.md', 'docs/alternatives.md'];

/** A page with its parts as their sources have them. */
export function assemble(page: string): string {
  return page.replace(/<!-- begin (\w+) -->\n[^]*?<!-- end \1 -->/g, (_, name: string) => {
    const part = PARTS[name];
    if (!part) throw new Error(`nothing makes the part '${name}' of a page`);
    return `<!-- begin ${name} -->\n\n${part()}\n\n<!-- end ${name} -->`;
  });
}

if (require.main === module) for (const page of PAGES_WITH_PARTS) writeFileSync(join(ROOT, page), assemble(read(page)));
