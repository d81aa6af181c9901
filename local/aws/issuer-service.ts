import type { Service } from './door';
import type { Issuers } from '../tokens/issuers';

/** Serves the public documents of token issuers: their configuration and their keys only. */
export function issuerService(issuers: Issuers): Service {
  return {
    serve(_host, request, response) {
      const [path] = (request.url ?? '').split('?');
      const document = request.method === 'GET' ? issuers.document(`https://${request.headers.host?.replace(/:\d+$/, '')}${path}`) : undefined;
      if (!document) return false;
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
      return true;
    },
  };
}
