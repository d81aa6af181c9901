/*
 * Replaces `@smithy/core/event-streams` when the handlers are bundled (an alias in projenrc/bundles.ts): no operation that the
 * handlers call answers with a stream of events. The SDK imports the module on demand. For that, esbuild would wrap all code that it
 * shares with the rest of the SDK, and V8 would read that code twice in each cold start.
 */

export class EventStreamSerde {
  constructor() {
    throw new Error('the handlers call no operation with a stream of events; see projenrc/bundles.ts');
  }
}

export const eventStreamSerdeProvider = undefined;
