// The contract suites of the stores: whoever writes a backend calls these with a way to open an EMPTY one, and is done when
// they pass. Time is handed in as arguments, so a store needs no clock that can be turned.

export { testCacheStore } from './cache-store.ts';
export { testConversationStore } from './conversation-store.ts';
export { testKeyStore } from './key-store.ts';
export { testLedgerStore } from './ledger-store.ts';
export { type SharedServer, testSharedWindowStore } from './shared-window-store.ts';
export { testWindowStore } from './window-store.ts';
