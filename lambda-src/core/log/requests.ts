import type { ErrorFrame } from './frames';
import { LOG_LIMIT } from './log-limits';
import { LAYER_BOUND } from '../../../src/private/layer-contract';
import { isChannelName } from '../channels/channel-name';

/** A client's `publish`. */
export interface PublishRequest {
  readonly ref: string;
  /** Absent for all connections. */
  readonly channel?: string;
  readonly message: string;
  readonly session?: string;
  /** Whether the client sent it before and got no answer. */
  readonly again: boolean;
}

/** A client's `history`, with `since` or `before` but not both. */
export interface HistoryRequest {
  readonly ref: string;
  readonly channel?: string;
  readonly since?: number;
  readonly before?: number;
  readonly epoch?: string;
  readonly limit?: number;
}

/** A channel that a client asks to join, and the position up to which it has everything. */
export interface ChannelRequest {
  readonly channel: string;
  readonly since?: number;
  readonly epoch?: string;
  /** Reason for refusing this channel. One of a list is answered on its own, so that the others are joined. */
  readonly problem?: string;
}

/** A client's `subscribe`. */
export interface SubscribeRequest {
  readonly ref: string;
  /** One or more, each once. */
  readonly channels: readonly ChannelRequest[];
  /** Whether the client sent a list, so that errors have to name their channel. */
  readonly isList: boolean;
}

/** A client's `unsubscribe`, or its `presence`. */
export interface OneChannelRequest {
  readonly ref: string;
  readonly channel: string;
}

/** Parsed action, or the frame that tells its sender the reason for refusing it. */
export type Parsed<T> = { readonly request: T; readonly error?: undefined } | { readonly request?: undefined; readonly error: ErrorFrame };

const MAX_REF = 64;
const MIN_SESSION = 22;
const MAX_SESSION = 64;
const MAX_LIMIT = 1_000;
/** Longest name that an answer repeats; no channel has a longer one. */
const MAX_REPEATED = 400;

/** Reads a `publish`. @param body the frame as the client sent it */
export function parsePublish(body: string | undefined): Parsed<PublishRequest> {
  return parse(body, (members, ref) => {
    const { message, again, session, channel } = members;
    if (typeof message !== 'string') throw new BadRequest(`'message' must be a string, got ${kindOf(message)}; use JSON.stringify(value) for other values`);
    if (message === '') throw new BadRequest('\'message\' must have at least one byte, got none');
    if (again !== undefined && typeof again !== 'boolean') throw new BadRequest(`'again' must be true or false, got ${kindOf(again)}; leave it out the first time`);
    // As UTF-8 writes it: half a surrogate pair is replaced.
    return { ref, channel: channelOf(channel), message: Buffer.from(message).toString(), session: sessionOf(session), again: again ?? false };
  });
}

/** Reads a `history`. @param body the frame as the client sent it */
export function parseHistory(body: string | undefined): Parsed<HistoryRequest> {
  return parse(body, (members, ref) => {
    const { channel, since, before, epoch, limit } = members;
    if (since !== undefined && before !== undefined) {
      throw new BadRequest('only one of \'since\' and \'before\' may be given, got both; \'since\' reads newer messages, \'before\' older ones');
    }
    return {
      ref,
      channel: channelOf(channel),
      since: integerOf('since', since, 0, Number.MAX_SAFE_INTEGER),
      before: integerOf('before', before, 1, Number.MAX_SAFE_INTEGER),
      epoch: textOf('epoch', epoch, 1, LOG_LIMIT.epochCharacters),
      limit: integerOf('limit', limit, 1, MAX_LIMIT),
    };
  });
}

/** Reads a `subscribe`. @param body the frame as the client sent it */
export function parseSubscribe(body: string | undefined): Parsed<SubscribeRequest> {
  return parse(body, (members, ref) => {
    const { channels } = members;
    if (channels === undefined) return { ref, channels: [channelRequestOf(members)], isList: false };
    if (members.channel !== undefined) throw new BadRequest('only one of \'channel\' and \'channels\' may be given, got both; put all channels into \'channels\'');
    const { channelsPerRequest } = LAYER_BOUND;
    if (!Array.isArray(channels) || channels.length < 1 || channels.length > channelsPerRequest) {
      throw new BadRequest(
        `'channels' must be a list of 1 to ${channelsPerRequest} channels, got ${Array.isArray(channels) ? channels.length : kindOf(channels)}; send the others in another frame`,
      );
    }
    const requests = channels.map((each) => listedRequestOf(objectOf('each of \'channels\'', each)));
    if (new Set(requests.map(({ channel }) => channel)).size < requests.length) throw new BadRequest('\'channels\' must name each channel once, got one twice; remove the second');
    return { ref, channels: requests, isList: true };
  });
}

/** An invalid channel is answered under the name that its client gave it. */
function listedRequestOf(members: Members): ChannelRequest {
  try {
    return channelRequestOf(members);
  } catch (error) {
    const { channel } = members;
    if (!(error instanceof BadRequest) || typeof channel !== 'string' || channel.length > MAX_REPEATED) throw error;
    return { channel, problem: error.message };
  }
}

function channelRequestOf({ channel, since, epoch }: Members): ChannelRequest {
  return withoutUndefined({
    channel: requiredChannelOf(channel),
    since: integerOf('since', since, 0, Number.MAX_SAFE_INTEGER),
    epoch: textOf('epoch', epoch, 1, LOG_LIMIT.epochCharacters),
  });
}

/** Reads an `unsubscribe`. @param body the frame as the client sent it */
export function parseUnsubscribe(body: string | undefined): Parsed<OneChannelRequest> {
  return parse(body, ({ channel }, ref) => ({ ref, channel: requiredChannelOf(channel) }));
}

/** Reads a `presence`. @param body the frame as the client sent it */
export const parsePresence = parseUnsubscribe;

class BadRequest extends Error {}

type Members = Readonly<Record<string, unknown>>;

/** Unknown members are ignored, so that later clients are understood. */
function parse<T>(body: string | undefined, read: (members: Members, ref: string) => T): Parsed<T> {
  let ref: string | undefined;
  try {
    const members = membersOf(body);
    ref = textOf('ref', members.ref, 1, MAX_REF);
    if (ref === undefined) throw new BadRequest(`'ref' must be a string of 1 to ${MAX_REF} characters, got none; the answer repeats it`);
    return { request: withoutUndefined(read(members, ref)) };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { error: { type: 'error', ...(ref !== undefined && { ref }), code: 'bad_request', message: error.message } };
  }
}

function membersOf(body: string | undefined): Members {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw new BadRequest('the frame must be JSON');
  }
  return objectOf('the frame', value);
}

function objectOf(what: string, value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRequest(`${what} must be a JSON object, got ${kindOf(value)}`);
  // Without a prototype, the object has no members besides those sent.
  return Object.assign(Object.create(null) as Members, value);
}

function channelOf(value: unknown, fix = 'leave it out for all connections'): string | undefined {
  if (value === undefined || (typeof value === 'string' && isChannelName(value))) return value;
  throw new BadRequest(
    '\'channel\' must have 1 to 128 of the characters A-Z, a-z, 0-9, _ . : - and begin with a letter or digit, ' +
      `got ${typeof value === 'string' ? `${value.length} characters` : kindOf(value)}; ${fix}`,
  );
}

function requiredChannelOf(value: unknown): string {
  const channel = channelOf(value, 'correct it');
  if (channel === undefined) throw new BadRequest('\'channel\' must be the name of a channel, got none; add it');
  return channel;
}

function sessionOf(value: unknown): string | undefined {
  return textOf('session', value, MIN_SESSION, MAX_SESSION);
}

function textOf(name: string, value: unknown, least: number, most: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new BadRequest(`'${name}' must be a string of ${least} to ${most} characters, got ${kindOf(value)}`);
  // A character may take two places.
  const count = value.length > 2 * most ? value.length : [...value].length;
  if (count < least || count > most) throw new BadRequest(`'${name}' must have ${least} to ${most} characters, got ${count}`);
  return value;
}

function integerOf(name: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadRequest(`'${name}' must be a whole number from ${least} to ${most}, got ${typeof value === 'number' ? value : kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'none';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : { string: 'a string', number: 'a number', boolean: 'a boolean' }[typeof value as string] ?? 'an object';
}

function withoutUndefined<T>(request: T): T {
  return Object.fromEntries(Object.entries(request as Record<string, unknown>).filter(([, value]) => value !== undefined)) as T;
}
