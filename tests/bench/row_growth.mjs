// How the cost of one event grows with the number of its recipients.
import { receiver, row } from './bench.mjs';
import { fanOut, liaisond, mailRoster } from './daemon.mjs';

row('growth', async ({ it, tell }) => {
  const peer = await receiver(it);
  for (const n of [10, 100, 1000, 10_000, 100_000]) {
    const d = await liaisond(it, { roster: mailRoster(n), peer });
    if (n < 100_000) await fanOut(d, peer);
    const f = await fanOut(d, peer);
    tell(`N = ${n}: 201 after`, f.accept, 'ms');
    tell(`N = ${n}: last after`, f.last, 'ms');
    tell(`N = ${n}: rate`, f.rate, '/s');
    tell(`N = ${n}: CPU each`, f.cpuEach, 'us');
    tell(`N = ${n}: memory`, f.rss, 'MiB');
    await d.stop();
  }
});
