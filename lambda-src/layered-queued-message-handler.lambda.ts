export { handler } from './queued-message-handler.lambda';
