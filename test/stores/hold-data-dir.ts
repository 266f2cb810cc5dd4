// Holds a data folder until it is killed: node hold-data-dir.ts FOLDER URL

import { openDataDir } from '../../src/stores/data-dir.ts';

const [folder = '', url = ''] = process.argv.slice(2);
openDataDir(folder).setAddress(url);
// Nobody refers to the folder any more: what holds it must not be collected.
globalThis.gc?.();
process.stdout.write('held\n');
setInterval(() => {}, 60_000);
