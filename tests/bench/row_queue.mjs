// What a claim and a settlement cost beside a long queue, as a multiple of what they cost beside a short one.
import { bare, row } from './bench.mjs';

const SHORT = 10_000;
const LONG = Number(process.env.BENCH_QUEUED ?? 1_000_000);
const ROUNDS = 30;
const BATCH = 256;

row('queue', async ({ it, tell }) => {
  const measure = (name, n) => bare('bench_store', [it.file(name), n, ROUNDS, BATCH], 240_000);
  const short = await measure('short', SHORT);
  const long = await measure('long', LONG);
  for (const f of long) {
    const beside = short.find((s) => s.what === f.what).value;
    tell(`${f.what}, beside ${LONG}`, f.value, f.unit);
    if (/the median batch$/.test(f.what)) tell(`${f.what}: times what it is beside ${SHORT}`, f.value / beside, 'x', { most: 2 });
  }
});
