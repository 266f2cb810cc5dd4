// The stand-in of the stories is held to the same contract as Redis.

import { testPeers } from '../contract/peers.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { PeerNetwork } from './peer-network.ts';

testPeers('a network of the tests', async () => {
  const clock = new SimulatedClock();
  const network = new PeerNetwork(clock);
  return {
    join: async (id) => network.join(id),
    kill: async ({ id }) => network.kill(id),
    pass: (ms) => clock.advanceAsync(ms),
    close: async () => {},
  };
});
