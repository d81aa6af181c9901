import { parseArgs } from 'node:util';
import { LocalError, messageOf } from '../errors';
import { CHAT_PAGE } from '../page';

export const HELP = `Usage: broadcast-local [cdk.out] [options]

Serves the WebSocket APIs of a CDK app on 127.0.0.1, with its Lambda functions, DynamoDB tables, SQS queues and schedules.

  cdk.out              cloud assembly directory to serve; without it, the app is synthesised

  --app CMD            command that synthesises the app (default: "app" of cdk.json)
  --watch              reload the app when its sources change (the files that "cdk watch" would watch), or the cloud assembly;
                       connections stay open, tables keep their rows, unchanged functions stay warm
  --serve DIR          serve a directory of static files beside the first API
  --chat               serve the page of the example chat beside the first API, which needs MessageFormat.ENVELOPE or BATCH
  --example NAME       serve an example of this package with its page, without a project: chat
  --port N             port of the first API, 0 for any; each further API gets the next (default: 8787)
  --inspector PORT     port of the inspector, a page that shows connections, messages and rows, and can send and disconnect
                       (default: the port before that of the first API, or any that is free)
  --no-inspector       no inspector
  --time-scale N       end idle connections (10 min) and old ones (2 h) N times earlier,
                       and fire schedules N times as often
  --persist DIR        keep the rows of the tables in this directory, from one run to the next; connections end with a run:
                       at the next start, $disconnect runs for those that were open
  --parameter NAME=VALUE
                       value of a parameter of the templates, or of SSM; may be repeated
  --secret NAME=VALUE  value of a secret; may be repeated
  --aws-endpoint URL   address of an emulator that you run, such as MiniStack, moto or LocalStack; functions reach it for
                       every AWS service that is not emulated here
  --check-signatures   refuse calls of @connections whose signature is missing or wrong: they must be signed with the access
                       key LOCALLOCALLOCALLOCAL, the secret "local" and the session token "local", as functions are
  --fault WHAT         inject a fault; may be repeated:
                         STATUS=WHICH            calls of @connections get this status and have no effect: 403, 410, 413, 429, 5xx
                         latency=TIME[@WHICH]    calls of @connections take longer: 200ms, 2s, or a random time such as 50ms-2s
                         lost-disconnect=WHICH   $disconnect is never invoked
                         unplug=TIME[@WHICH]     nothing passes so long after a connection opened, without a close: a pulled plug
                         stale=TIME[@RATE]       reads of tables without ConsistentRead miss the latest writes
                       WHICH is a rate, 0.1 or 10%, or numbers of connections in the order in which they opened: #2 or #1,#4-9
  --fault-seed N       repeat the faults of an earlier run, which printed this number
  --quiet              print only errors, and the output of the app command only when it fails
  --json               print one JSON object per line instead of text
  --version            print the version of the package
  --help               print this text

Exit codes: 0 stopped, 1 the app cannot be served, 2 wrong usage.
`;

export interface CommandLine {
  readonly help: boolean;
  readonly version: boolean;
  readonly assembly?: string;
  readonly app?: string;
  /** The name of an example to serve. */
  readonly example?: string;
  readonly watch: boolean;
  readonly serve?: string;
  readonly port: number;
  readonly inspector: boolean | number;
  readonly timeScale: number;
  readonly persist?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly awsEndpoint?: string;
  readonly checkSignatures: boolean;
  readonly faults: readonly string[];
  readonly faultSeed?: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** An example has its app and its page with it. */
const NOT_OF_EXAMPLES = ['app', 'serve', 'chat', 'watch'] as const;

export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const empty = Object.entries({ ...values, 'cdk.out': positionals[0] }).find(([, value]) => typeof value === 'string' && value.trim() === '');
  if (empty) throw usage(`'${empty[0] === 'cdk.out' ? '' : '--'}${empty[0]}' must not be empty`);
  if (positionals.length > 1) throw usage(`one cloud assembly directory at most, got ${positionals.length}: ${positionals.join(' ')}`);
  if (values.chat && values.serve !== undefined) throw usage('either --chat or --serve, got both');
  if (positionals.length === 1 && values.app !== undefined) throw usage('either a cloud assembly directory or --app, got both');
  const others = [positionals.length > 0 && 'a cloud assembly directory', ...NOT_OF_EXAMPLES.map((flag) => values[flag] !== undefined && `--${flag}`)];
  const other = others.find((each) => each !== false);
  if (values.example !== undefined && other !== undefined) throw usage(`--example brings its own app and page, got ${other} as well`);
  return {
    help: values.help ?? false,
    version: values.version ?? false,
    assembly: positionals[0],
    app: values.app,
    example: values.example,
    watch: values.watch ?? false,
    serve: values.chat ? CHAT_PAGE : values.serve,
    port: port('--port', values.port ?? '8787'),
    inspector: values['no-inspector'] ? false : values.inspector === undefined || port('--inspector', values.inspector),
    timeScale: number('--time-scale', values['time-scale'] ?? '1', (scale) => scale > 0 && scale < Infinity, 'a number above 0'),
    persist: values.persist,
    parameters: assignments('--parameter', values.parameter),
    secrets: assignments('--secret', values.secret),
    awsEndpoint: values['aws-endpoint'],
    checkSignatures: values['check-signatures'] ?? false,
    faults: values.fault ?? [],
    faultSeed: values['fault-seed'] === undefined ? undefined : number('--fault-seed', values['fault-seed'], Number.isInteger, 'an integer'),
    quiet: values.quiet ?? false,
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'app': { type: 'string' },
        'watch': { type: 'boolean' },
        'serve': { type: 'string' },
        'chat': { type: 'boolean' },
        'example': { type: 'string' },
        'port': { type: 'string' },
        'inspector': { type: 'string' },
        'no-inspector': { type: 'boolean' },
        'time-scale': { type: 'string' },
        'persist': { type: 'string' },
        'parameter': { type: 'string', multiple: true },
        'secret': { type: 'string', multiple: true },
        'aws-endpoint': { type: 'string' },
        'check-signatures': { type: 'boolean' },
        'fault': { type: 'string', multiple: true },
        'fault-seed': { type: 'string' },
        'quiet': { type: 'boolean' },
        'json': { type: 'boolean' },
        'version': { type: 'boolean' },
        'help': { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function port(flag: string, value: string): number {
  return number(flag, value, (parsed) => Number.isInteger(parsed) && parsed >= 0 && parsed <= 65535, 'an integer between 0 and 65535');
}

/** Errors do not repeat the value: it may be a secret. */
function assignments(flag: string, values: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(values.map((value) => {
    const [, name, assigned] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
    if (name === undefined) throw usage(`'${flag}' must be NAME=VALUE, got no '=' or no name`);
    return [name, assigned];
  }));
}

function number(flag: string, value: string, isValid: (parsed: number) => boolean, rule: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || !isValid(parsed)) throw usage(`'${flag}' must be ${rule}, got '${value}'`);
  return parsed;
}

function usage(message: string): LocalError {
  return new LocalError(`${message.replace(/\s+/g, ' ')}; see broadcast-local --help`, 2);
}
