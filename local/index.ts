export { startLocal } from './local';
export { LocalError } from './errors';
export type { Local, LocalApi, LocalHttpApi, LocalOptions } from './types';
export type { LocalEvent } from './log';
