/** Body as the SDK's request handler returns it: a stream, or the bytes that are left of one. */
export type Body = AsyncIterable<Uint8Array> | Uint8Array;

/** Used part of an SDK client. */
interface Client {
  readonly middlewareStack: { use(plugin: { applyToStack(stack: Stack): void }): void };
}

interface Stack {
  add(
    middleware: <Args, Result extends { readonly response: unknown }>(next: (args: Args) => Promise<Result>) => (args: Args) => Promise<Result>,
    options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
  ): void;
}

/**
 * Makes an SDK client read whole answers. The SDK would first ask of each body whether it is a stream of the browser's kind. That loads
 * all of Node's web streams: a twentieth of a first broadcast.
 */
export function withWholeBodies<C extends Client>(client: C): C {
  client.middlewareStack.use({
    applyToStack: (stack) => stack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { body: Body };
        response.body = await wholeOf(response.body);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'readWhole' },
    ),
  });
  return client;
}

export async function wholeOf(body: Body): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
