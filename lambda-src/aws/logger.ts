import { Logger } from '@aws-lambda-powertools/logger';

let made: Logger | undefined;

/** Returns the log of this function. It is made when there is something to say: most environments never log, and it would be 2 % of their cold start. */
export function logger(): Pick<Logger, 'info' | 'warn' | 'error'> {
  made ??= new Logger();
  return made;
}
