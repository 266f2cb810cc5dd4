// Which answers are under way in this process, by the key of what was asked. A flight is there from the moment somebody leads it
// to its end: an answer that is whole is found in the cache from then on.

import type { Flights } from '../core/flight.ts';
import { Flight } from './flight.ts';

export function createFlights(): Flights {
  const flights = new Map<string, Flight>();
  return {
    async board(key, generationId, mayFollow) {
      const known = flights.get(key);
      if (known !== undefined) return mayFollow ? { leads: false, flight: known } : null;
      const flight = new Flight(generationId, () => flights.delete(key));
      flights.set(key, flight);
      return { leads: true, flight, afterOthers: false };
    },
  };
}
