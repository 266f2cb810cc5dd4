// F13 to F17 for every family, at some bytes of each stream; all of them are in the long runs.

import { cutEveryFamily } from './family-cuts.ts';

cutEveryFamily(409);
