import { randomUUID } from 'node:crypto';
import { matchesPattern } from './pattern';
import { deliver, type TargetPorts } from './targets';
import { busNameOf, type RuleModel } from '../model/rules';

/** An event as somebody puts it. */
export interface PutEntry {
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  /** JSON of an object. */
  readonly Detail?: unknown;
  readonly EventBusName?: unknown;
  readonly Resources?: unknown;
  /** Seconds since the epoch. */
  readonly Time?: unknown;
}

/** What came of an entry: the id of its event, or why it was not taken. */
export type PutResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** The event buses of an app, and their rules. */
export class EventBuses {
  private rules: readonly RuleModel[] = [];

  constructor(private readonly ports: TargetPorts) {}

  /** Takes the rules of a newly loaded app. */
  apply(rules: readonly RuleModel[]): void {
    this.rules = rules;
  }

  put(entry: PutEntry): PutResult {
    const { Source, DetailType, EventBusName, Resources = [], Time } = entry;
    const missing = Object.entries({ Source, DetailType, Detail: entry.Detail }).find(([, value]) => typeof value !== 'string' || value === '');
    if (missing) return refused('InvalidArgument', `Parameter ${missing[0]} is not valid. Reason: ${missing[0]} is a required argument.`);
    const detail = parse(String(entry.Detail));
    if (!detail) return refused('MalformedDetail', 'Detail is malformed.');
    const id = randomUUID();
    const time = `${new Date(typeof Time === 'number' ? Time * 1000 : Date.now()).toISOString().slice(0, 19)}Z`;
    const bus = busNameOf(EventBusName === undefined ? undefined : String(EventBusName));
    const event = { id, 'detail-type': String(DetailType), 'source': String(Source), time, 'resources': Resources, detail };
    const matching = this.rules.filter((rule) => rule.bus === bus && matchesPattern(rule.pattern, completed(event, rule)));
    this.ports.log({ source: 'local', event: 'event', detail: `'${String(DetailType)}' of '${String(Source)}' on the bus '${bus}' matches ${counted(matching.length)}` });
    for (const rule of matching) deliver(rule, rule.targets, completed(event, rule), this.ports);
    return { EventId: id };
  }
}

/** In the account and the region of a rule: one bus stands for those of all. */
function completed({ id, ...event }: { readonly id: string }, { account, region }: RuleModel): object {
  return { version: '0', id, account, region, ...event };
}

function counted(rules: number): string {
  return rules === 0 ? 'no rule' : rules === 1 ? 'a rule' : `${rules} rules`;
}

function refused(ErrorCode: string, ErrorMessage: string): PutResult {
  return { ErrorCode, ErrorMessage };
}

function parse(json: string): object | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
