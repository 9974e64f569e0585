// A relay that takes 10 ms to acknowledge each message: the daemon beside a bare non-blocking client.
import { bare, receiver, row } from './bench.mjs';
import { fanOut, liaisond, mailRoster } from './daemon.mjs';

const N = 5000;

row('relay', async ({ it, tell }) => {
  const peer = await receiver(it);
  for (const connections of [50, 100]) {
    await peer.ask('delay 0');
    const d = await liaisond(it, { roster: mailRoster(N), peer, smtp: { connections } });
    await fanOut(d, peer);
    await peer.ask('delay 10');
    const ours = await fanOut(d, peer);
    await d.stop();
    await peer.ask('reset');
    await bare('bench_smtp', ['--port', peer.smtp, '--count', N, '--connections', connections, '--bytes', ours.bytes]);
    const seen = await peer.ask('tell');
    const rate = N / ((seen.last_us - seen.first_us) / 1e6);
    tell(`${connections} connections: liaisond, first arrival to last`, ours.flowRate, '/s');
    tell(`${connections} connections: liaisond, request to last`, ours.rate, '/s');
    tell(`${connections} connections: bare non-blocking, first arrival to last`, rate, '/s');
    tell(`${connections} connections: share of the bare client's rate`, ours.flowRate / rate, 'x', { least: 0.9 });
  }
});
