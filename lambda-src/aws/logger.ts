import { Logger } from '@aws-lambda-powertools/logger';

let made: Logger | undefined;

/** Returns the log of this function. It is created on first use: most environments never log, and it would be 2 % of their cold start. */
export function logger(): Pick<Logger, 'info' | 'warn' | 'error'> {
  made ??= new Logger();
  return made;
}
