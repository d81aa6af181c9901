import { STATUS_VARIABLE, type MockIntegrationModel, type MockResponse, type Templates } from '../model/apis';
import { bodyVariables, evaluate } from '../model/selection';

/** Answer of a mock integration, or the reason for its failure. */
export type MockAnswer = { readonly statusCode: number; readonly body?: string } | { readonly why: string };

/** Answers a message like a mock integration: the request template gives the status, the response template the body. */
export function answerByMock(integration: MockIntegrationModel, message: string): MockAnswer {
  const { requestTemplates, requestSelection, responses, responseSelection } = integration;
  const request = selectTemplate(requestTemplates, requestSelection, message);
  const status = /"?statusCode"?\s*:\s*"?(\d{3})/.exec(request ?? '')?.[1];
  if (status === undefined) return { why: 'the mock integration has no request template that gives a statusCode' };
  const key = evaluate(responseSelection ?? '', (name) => (name === STATUS_VARIABLE ? status : undefined)) || status;
  const response = responses.find((each) => matches(each, key)) ?? responses.find((each) => each.key === '$default');
  return { statusCode: Number(status), body: response && selectTemplate(response.templates, response.selection, message) };
}

/** Selects the template whose key is the value of the selection expression, else `$default`. */
function selectTemplate(templates: Templates, selection: string | undefined, message: string): string | undefined {
  const key = selection === undefined ? undefined : evaluate(selection, bodyVariables(message));
  return key !== undefined && Object.hasOwn(templates, key) ? templates[key] : templates.$default;
}

/** Whether a response key matches: `/pattern/` for a status, or the status itself. */
function matches({ key }: MockResponse, selected: string): boolean {
  const pattern = /^\/(.*)\/$/.exec(key)?.[1];
  return pattern === undefined ? key === selected : new RegExp(`^(?:${pattern})$`).test(selected);
}
