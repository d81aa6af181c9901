import { Lazy } from 'aws-cdk-lib';

/** A value that is settled when the app is synthesised, although it may be looked at before. Without one, its property is left out of the template. */
export function late(produce: () => string | undefined): string {
  return Lazy.uncachedString({ produce });
}
