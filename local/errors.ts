/** An error that the user can fix: shown as one line, without a stack trace. */
export class LocalError extends Error {
  constructor(message: string, /** 1: what was asked cannot be done; 2: the command line is wrong. */ readonly exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'LocalError';
  }
}

/** Returns the message of any thrown value. Under Jest, errors of Node.js itself are of another `Error`. */
export function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** Returns the stack of any thrown value, for errors of the runner itself. */
export function stackOf(error: unknown): string {
  return isError(error) ? error.stack ?? error.message : String(error);
}

function isError(error: unknown): error is Error {
  return typeof (error as Error | null | undefined)?.message === 'string';
}

const SHOWN_CHARACTERS = 100;

/** Formats a value for a message: as JSON, cut where it is long. */
export function formatValue(value: unknown): string {
  try {
    return cut(JSON.stringify(value) ?? String(value));
  } catch {
    return 'what is nested too deeply';
  }
}

export function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
