// F13 to F17 for every family, at every byte of each stream.

import { cutEveryFamily } from './family-cuts.ts';

cutEveryFamily(1);
