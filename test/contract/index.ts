// What whoever writes a provider or a store calls in their own tests (`codementor-llm/testing`): they are done when it passes. It
// runs under vitest, which they bring.

export {
  type AnswerFixture,
  type BrokenStream,
  type ErrorFixture,
  type ProviderContract,
  type ProviderFixtures,
  readFixtures,
  testDirectProvider,
  testProvider,
} from './provider.ts';
export {
  type SharedServer,
  testCacheStore,
  testConversationStore,
  testKeyStore,
  testLedgerStore,
  testSharedWindowStore,
  testWindowStore,
} from './stores.ts';
