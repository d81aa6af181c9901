import type { Answer } from '../../endpoint/protocol';
import type { Row } from '../../table/table';

/*
 * The words that cases are written in.
 */

/** Ids as API Gateway makes them: 16 characters of base64url, the last one `=`. */
export function ids(count: number, prefix = 'R0oX-_'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index.toString(36).padStart(15 - prefix.length, 'A')}=`);
}

export function rowsOf(connectionIds: readonly string[], more: Omit<Row, 'id'> = {}): Row[] {
  return connectionIds.map((id) => ({ id, ...more }));
}

/** The same answers for each of these connections. */
export function each(connectionIds: readonly string[], ...script: Answer[]): Record<string, Answer[]> {
  return Object.fromEntries(connectionIds.map((id) => [id, script]));
}

export const OK: Answer = { status: 200 };
export const GONE: Answer = { status: 410, errorType: 'GoneException' };
/** As some captures show it. */
export const GONE_WITHOUT_HEADER: Answer = { status: 410 };
export const THROTTLED: Answer = { status: 429, errorType: 'LimitExceededException' };
export const BROKEN: Answer = { status: 500, errorType: 'InternalServerErrorException' };
export const UNAVAILABLE: Answer = { status: 503 };
export const FORBIDDEN: Answer = { status: 403, errorType: 'ForbiddenException' };
export const TOO_LARGE: Answer = { status: 413, errorType: 'PayloadTooLargeException' };
export const BAD_ID: Answer = { status: 400, errorType: 'BadRequestException' };
export const HANG: Answer = { hang: true };
export const RESET_BEFORE: Answer = { reset: 'before' };
export const RESET_AFTER: Answer = { reset: 'after' };

export function slow(afterMillis: number): Answer {
  return { status: 200, afterMillis };
}
