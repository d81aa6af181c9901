export { handler } from './delivery-handler.lambda';
