import type { IncomingMessage } from 'node:http';
import type { Service } from './door';
import type { FrontEnd } from './front-end';
import type { CustomDomainModel } from '../model/custom-domains';
import { rewriteUrl } from '../rewritten-url';

/** Serves the custom domains that the app maps to its APIs: what functions send there stays on this machine. */
export function customDomainService(findApi: (apiId: string) => FrontEnd | undefined, domains: () => readonly CustomDomainModel[]): Service {
  const find = (host: string, request: IncomingMessage): FrontEnd | undefined => {
    const [, path = '/', query = ''] = /^([^?]*)(.*)$/s.exec(request.url ?? '') ?? [];
    const mapping = domains().find(({ host: name, key }) => name === host && (key === '' || path === `/${key}` || path.startsWith(`/${key}/`)));
    const api = mapping && findApi(mapping.apiId);
    if (!mapping || !api) return undefined;
    const rest = mapping.key === '' ? path : path.slice(mapping.key.length + 1);
    const stage = mapping.stage === '$default' ? '' : `/${mapping.stage}`;
    rewriteUrl(request, (stage + rest).replace(/^(?!\/)/, '/') + query);
    return api;
  };
  return {
    serve({ prefix }, request, response) {
      const api = find(prefix, request);
      api?.serve(request, response);
      return api !== undefined;
    },
    upgrade({ prefix }, request, socket, head) {
      const api = find(prefix, request);
      api?.accept?.(request, socket, head);
      return api?.accept !== undefined;
    },
  };
}
