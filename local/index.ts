export { startLocal, type Local, type LocalApi, type LocalOptions } from './local';
export { LocalError } from './errors';
export type { LocalEvent } from './log';
