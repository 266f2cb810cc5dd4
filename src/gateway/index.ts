// The gateway's public face (`codementor-llm/gateway`): an HTTP server over a service. It is a client of the library and sees
// nothing behind its public face.

export { createGateway, type Gateway, type GatewayOptions } from './app.ts';
